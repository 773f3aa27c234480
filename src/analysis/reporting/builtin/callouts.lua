-- ::: {.callout-note title="…"}: five kinds; the kind is said in words, never by colour alone.
package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path
local words = require 'words'
local kinds = { note = '#17456b', tip = '#1d6b3a', warning = '#8a4b00', important = '#9b1c2e', caution = '#8a4b00' }
local count, chrome = 0, {}

local function title_of(div)
  local given = div.attributes.title
  if given then return pandoc.utils.blocks_to_inlines(pandoc.read(given, 'markdown').blocks) end
  if div.content[1] and div.content[1].t == 'Header' then return div.content:remove(1).content end
  return pandoc.Inlines {}
end

local function head(kind, title)
  local inlines = pandoc.Inlines { pandoc.Span({ pandoc.Str(chrome[kind]) }, pandoc.Attr('', { 'callout-kind' })) }
  if #title > 0 then
    inlines:extend { pandoc.Str(chrome.colon), pandoc.Space() }
    inlines:extend(title)
  end
  return inlines
end

local function typst(kind, title, blocks)
  local out = pandoc.Blocks { pandoc.RawBlock('typst', '#callout(rgb("' .. kinds[kind] .. '"))[') }
  out:insert(pandoc.Para { pandoc.Strong(head(kind, title)) })
  out:extend(blocks)
  out:insert(pandoc.RawBlock('typst', ']'))
  return out
end

local function callout(div)
  for kind in pairs(kinds) do
    if div.classes:includes('callout-' .. kind) then
      local title = title_of(div)
      div.content = div.content:map(function(block) return block.t == 'Plain' and pandoc.Para(block.content) or block end)
      if not words.html() then return typst(kind, title, div.content) end
      count = count + 1
      local id = 'callout-' .. count
      div.content:insert(1, pandoc.Div({ pandoc.Plain(head(kind, title)) }, pandoc.Attr(id, { 'callout-title' })))
      return pandoc.Div(div.content, pandoc.Attr(div.identifier, { 'callout', 'callout-' .. kind },
        { { 'role', 'note' }, { 'aria-labelledby', id } }))
    end
  end
end

return { { Meta = function(meta) chrome = words.of(meta) end }, { Div = callout } }
