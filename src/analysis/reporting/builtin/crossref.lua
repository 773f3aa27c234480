-- Numbers sections, figures and tables in reading order, captions them, and turns @fig-x into links.
-- A reference that leads nowhere is left as «?@fig-x» with a warning, which builtin.py treats as failure.
package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path
local words = require 'words'
local chrome, labels = {}, {}
local counts = { fig = 0, tbl = 0 }
local names = { fig = 'figure', tbl = 'table', sec = 'section' }

local function kind_of(id) return id:match '^(fig)%-' or id:match '^(tbl)%-' or id:match '^(sec)%-' end

local function numbered(id, kind)
  counts[kind] = counts[kind] + 1
  if labels[id] then io.stderr:write('[WARNING] Duplicate label @' .. id .. '\n') end
  labels[id] = tostring(counts[kind])
  local text = pandoc.Str(chrome[names[kind]] .. '\u{a0}' .. labels[id] .. chrome.colon)
  local number = words.html() and pandoc.Span({ text }, pandoc.Attr('', { 'caption-number' })) or pandoc.Strong { text }
  return pandoc.Inlines { number, pandoc.Space() }
end

local function caption_of(div)
  local last = div.content[#div.content]
  if #div.content > 1 and last and (last.t == 'Para' or last.t == 'Plain') then
    return div.content:remove(#div.content).content
  end
  return pandoc.Inlines {}
end

local function html_figure(div, caption, kind)
  local class = kind == 'fig' and 'figure' or 'table-block'
  local evidence = div.attributes.evidence and (' data-evidence="' .. div.attributes.evidence .. '"') or ''
  local captioned = pandoc.Blocks { pandoc.RawBlock('html', '<figcaption id="' .. div.identifier .. '-caption">'),
    pandoc.Plain(caption), pandoc.RawBlock('html', '</figcaption>') }
  local out = pandoc.Blocks { pandoc.RawBlock('html',
    '<figure class="' .. class .. '" id="' .. div.identifier .. '"' .. evidence .. '>') }
  if kind == 'tbl' then out:extend(captioned) end
  out:extend(div.content)
  if kind == 'fig' then out:extend(captioned) end
  out:insert(pandoc.RawBlock('html', '</figure>'))
  return out
end

local function typst_figure(div, caption, kind)
  local out = pandoc.Blocks { pandoc.RawBlock('typst',
    '#figure(kind: ' .. (kind == 'fig' and 'image' or 'table') .. ', caption: [') }
  out:insert(pandoc.Plain(caption))
  out:insert(pandoc.RawBlock('typst', '])['))
  out:extend(div.content)
  out:insert(pandoc.RawBlock('typst', '] <' .. div.identifier .. '>'))
  return out
end

local function float(div)
  local kind = kind_of(div.identifier)
  if kind ~= 'fig' and kind ~= 'tbl' then return nil end
  local caption = numbered(div.identifier, kind)
  caption:extend(caption_of(div))
  if kind == 'tbl' then
    div.content = div.content:walk { Table = function(t)
      t.attributes['aria-labelledby'] = words.html() and div.identifier .. '-caption' or nil
      return t
    end }
  end
  local made = words.html() and html_figure(div, caption, kind) or typst_figure(div, caption, kind)
  return made, false
end

local function sections(blocks)
  local least, at = 7, {}
  blocks:walk { Header = function(h) least = math.min(least, h.level) end }
  return blocks:walk { Header = function(h)
    local depth = h.level - least + 1
    h.level = math.min(depth + 1, 6)
    if h.classes:includes 'unnumbered' then return h end
    at[depth] = (at[depth] or 0) + 1
    for deeper = depth + 1, 6 do at[deeper] = nil end
    for above = 1, depth do at[above] = at[above] or 1 end
    local number = table.concat(at, '.', 1, depth)
    labels[h.identifier] = number
    h.content:insert(1, pandoc.Space())
    h.content:insert(1, pandoc.Span({ pandoc.Str(number) }, pandoc.Attr('', { 'section-number' })))
    return h
  end }
end

local function reference(citation)
  local id = citation.id
  local kind = kind_of(id)
  if not labels[id] then
    io.stderr:write('[WARNING] Unable to resolve crossref @' .. id .. '\n')
    return pandoc.Strong { pandoc.Str('?@' .. id) }
  end
  local text = labels[id]
  if citation.mode ~= 'SuppressAuthor' then text = chrome[names[kind]] .. '\u{a0}' .. text end
  return pandoc.Link({ pandoc.Str(text) }, '#' .. id, '', pandoc.Attr('', { 'crossref' }))
end

local function cite(element)
  local out = pandoc.Inlines {}
  for _, citation in ipairs(element.citations) do
    if not kind_of(citation.id) then return nil end
    if #out > 0 then out:extend { pandoc.Str ',', pandoc.Space() } end
    out:extend(citation.prefix)
    if #citation.prefix > 0 then out:insert(pandoc.Space()) end
    out:insert(reference(citation))
    out:extend(citation.suffix)
  end
  return out
end

function Pandoc(doc)
  chrome = words.of(doc.meta)
  if doc.meta['number-sections'] ~= false then doc.blocks = sections(doc.blocks) end
  doc.blocks = doc.blocks:walk { traverse = 'topdown', Div = float }
  doc.blocks = doc.blocks:walk { Cite = cite }
  return doc
end
