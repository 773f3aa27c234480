-- ::: cell-code: folded on screen, left out on paper; printed output keeps its own look.
package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path
local words = require 'words'
local chrome = {}

local function fold(div)
  if not div.classes:includes 'cell-code' then return nil end
  if not words.html() then return {} end
  local out = pandoc.Blocks { pandoc.RawBlock('html', '<details class="code"><summary>' .. chrome.code .. '</summary>') }
  out:extend(div.content)
  out:insert(pandoc.RawBlock('html', '</details>'))
  return out
end

local function reachable(block)
  if words.html() then block.attributes.tabindex = '0' end
  return block
end

return { { Meta = function(meta) chrome = words.of(meta) end }, { Div = fold }, { CodeBlock = reachable } }
