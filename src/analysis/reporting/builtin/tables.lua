-- Tables: headers with a scope, widths left to the reader's screen, a box that scrolls on a phone.
package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path
local words = require 'words'
local number = '^[%s%d.,%%%+%-–—−€\u{a0}\u{202f}]*$'

local function labels_rows(body)
  for _, row in ipairs(body.body) do
    local text = row.cells[1] and pandoc.utils.stringify(row.cells[1].contents) or ''
    if text == '' or text:match(number) then return false end
  end
  return #body.body > 0
end

local function scoped(tbl)
  for _, row in ipairs(tbl.head.rows) do
    for _, cell in ipairs(row.cells) do cell.attr.attributes.scope = 'col' end
  end
  for _, body in ipairs(tbl.bodies) do
    if labels_rows(body) then
      body.row_head_columns = 1
      for _, row in ipairs(body.body) do row.cells[1].attr.attributes.scope = 'row' end
    end
  end
end

-- A date or a quantity stays on one line and texts give way, unless so many columns would not fit any more.
local function unbroken(tbl)
  if #tbl.colspecs > 5 then return tbl end
  return tbl:walk { Plain = function(plain)
    local text = pandoc.utils.stringify(plain)
    if not text:match '%d' or pandoc.text.len(text) > 18 then return nil end
    return plain:walk { Space = function() return pandoc.Str '\u{a0}' end }
  end }
end

-- A table that scrolls on a phone anyway gives its long texts room, or they would stand in columns of single words.
local function roomy(tbl)
  for _, body in ipairs(#tbl.colspecs > 3 and tbl.bodies or {}) do
    for _, row in ipairs(body.body) do
      for _, cell in ipairs(row.cells) do
        if pandoc.text.len(pandoc.utils.stringify(cell.contents)) > 80 then cell.attr.classes:insert 'long' end
      end
    end
  end
end

local function shown(tbl)
  for index, spec in ipairs(tbl.colspecs) do
    local left = not words.html() and spec[1] == 'AlignDefault'
    tbl.colspecs[index] = { left and 'AlignLeft' or spec[1], nil }
  end
  if not words.html() then return tbl end
  tbl = unbroken(tbl)
  scoped(tbl)
  roomy(tbl)
  local label = tbl.attributes['aria-labelledby']
  local box = { { 'tabindex', '0' } }
  if label then box = { { 'role', 'region' }, { 'aria-labelledby', label }, { 'tabindex', '0' } } end
  return pandoc.Div({ tbl }, pandoc.Attr('', { 'table-scroll' }, box)), false
end

return { { traverse = 'topdown', Table = shown } }
