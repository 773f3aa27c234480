-- ::: {.panel-tabset}: each heading opens a panel. All panels are in the page, one below the other;
-- page.html's script turns them into tabs where it may run, and paper shows them all.
package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path
local words = require 'words'
local count, chrome = 0, {}

local function top_level(blocks)
  local level = 7
  for _, block in ipairs(blocks) do
    if block.t == 'Header' and block.level < level then level = block.level end
  end
  return level
end

local function panels(blocks)
  local level, found = top_level(blocks), {}
  for _, block in ipairs(blocks) do
    if block.t == 'Header' and block.level == level then
      table.insert(found, { title = block.content, blocks = pandoc.Blocks {} })
    elseif #found > 0 then
      found[#found].blocks:insert(block)
    end
  end
  return found
end

local function tabset(div)
  if not div.classes:includes 'panel-tabset' then return nil end
  count = count + 1
  local out = pandoc.Blocks {}
  for order, panel in ipairs(panels(div.content)) do
    local id = 'tabset-' .. count .. '-' .. order
    local title = pandoc.Div({ pandoc.Plain { pandoc.Strong(panel.title) } }, pandoc.Attr(id .. '-title', { 'tab-title' }))
    panel.blocks:insert(1, title)
    out:insert(pandoc.Div(panel.blocks, pandoc.Attr(id, { 'tab-panel' })))
  end
  return pandoc.Div(out, pandoc.Attr('tabset-' .. count, { 'tabset' }, { { 'role', 'group' }, { 'aria-label', chrome.tabs } }))
end

return { {
  traverse = 'topdown',
  Meta = function(meta) chrome = words.of(meta) end,
}, { traverse = 'topdown', Div = tabset } }
