-- What PDF/UA wants of a picture and of a formula: words in their place.
package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path
local words = require 'words'
if words.html() then return {} end

local function picture(image)
  local alt = image.attributes.alt or pandoc.utils.stringify(image.caption)
  return pandoc.RawInline('typst',
    '#image(' .. words.typst_text(image.src) .. ', width: 100%, alt: ' .. words.typst_text(alt) .. ')')
end

local function formula(math)
  local block = math.mathtype == 'DisplayMath' and 'true' or 'false'
  local open = '#math.equation(block: ' .. block .. ', alt: ' .. words.typst_text(math.text) .. ', '
  return { pandoc.RawInline('typst', open), math, pandoc.RawInline('typst', ')') }
end

return { { Image = picture, Math = formula } }
