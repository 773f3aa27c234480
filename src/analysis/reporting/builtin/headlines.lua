-- ::: {.headlines}: a list of «**figure** what it is», with how it moved on a line of its own.
local function headlines(div)
  if not div.classes:includes 'headlines' then return nil end
  return div:walk { SoftBreak = function() return pandoc.LineBreak() end }
end

return { { Div = headlines } }
