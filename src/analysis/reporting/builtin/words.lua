-- The words of the page's language, from the metadata that builtin.py passes.
-- Everywhere: attributes are lists of pairs, since Lua walks a keyed table in another order each time.
local M = {}

function M.of(meta)
  local found = {}
  for key, value in pairs(meta.chrome or {}) do
    found[key] = pandoc.utils.stringify(value)
  end
  return found
end

function M.html() return FORMAT:match('html') ~= nil end

function M.typst_text(text)
  return '"' .. text:gsub('\\', '\\\\'):gsub('"', '\\"') .. '"'
end

return M
