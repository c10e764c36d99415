-- The one filter of the paper, for real Quarto (at: post-quarto) and for pandoc (--lua-filter) alike.
--
-- It resolves citations, takes out whatever an author's text could smuggle in (raw markup, event handlers, outside
-- images, typst attributes), and gives the Divs and spans of docs/contracts.md their form in HTML, Word and typst.

local IS_HTML = FORMAT:match("html") ~= nil
local IS_DOCX = FORMAT:match("docx") ~= nil or FORMAT:match("openxml") ~= nil
local IS_TYPST = FORMAT:match("typst") ~= nil

local WORD_STYLES = {
  ["notice"] = "Notice",
  ["paper-title"] = "Title",
  ["authors"] = "Author",
  ["affiliations"] = "Affiliation",
  ["correspondence"] = "Correspondence",
  ["abstract"] = "Abstract",
  ["keywords"] = "Keywords",
  ["table-caption"] = "Table Caption",
  ["table-note"] = "Table Note",
  ["figure-caption"] = "Figure Caption",
}
local TYPST_FUNCTIONS = {
  ["notice"] = "paper-notice",
  ["paper-title"] = "paper-title",
  ["authors"] = "paper-authors",
  ["affiliations"] = "paper-affiliations",
  ["correspondence"] = "paper-correspondence",
  ["abstract"] = "paper-abstract",
  ["keywords"] = "paper-keywords",
}
-- Tables with more columns than this get a landscape page.
local MOST_PORTRAIT_COLUMNS = 7

local function raw(format, text) return pandoc.RawInline(format, text) end
local function raw_block(format, text) return pandoc.RawBlock(format, text) end

local function xml_escape(text)
  return (text:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"):gsub('"', "&quot;"))
end

local function typst_string(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("\n", " ") .. '"'
end

-- typst turns "--", "..." and a hyphen before a digit into other characters: such text goes in as a string.
local function typst_literal(str)
  if str.text:match("%-[%-%d?]") or str.text:match("%.%.%.") then return raw("typst", "#" .. typst_string(str.text) .. ";") end
end

local function is_label(id) return id:match("^[%a_][%w_%-%.:]*$") ~= nil end

local function first_class(el, wanted)
  for _, class in ipairs(el.classes) do
    if wanted[class] then return class end
  end
end

-- Numbers of an attribute such as widths="30,20,20,30".
local function split(text)
  local parts = {}
  for part in (text or ""):gmatch("[^,%s]+") do parts[#parts + 1] = part end
  return parts
end

----------------------------------------------------------------------------------------------------------------------
-- Guard: what a text may not do
----------------------------------------------------------------------------------------------------------------------

local function forbidden(key)
  local name = key:lower()
  return name:match("^on") or name:match("^typst") or name == "style" or name == "src" or name == "href" or name == "srcdoc"
end

-- Nothing is returned where nothing was wrong: the many marked numbers need not travel back from Lua.
local function clean_attributes(el)
  local kept, changed = {}, false
  for key, value in pairs(el.attributes) do
    if forbidden(key) then changed = true else kept[key] = value end
  end
  if not changed then return nil end
  el.attributes = kept
  return el
end

local function clean_link(link)
  local target = link.target
  if target:match("^#") or target:match("^https?://") or target:match("^mailto:") then
    return clean_attributes(link)
  end
  return link.content
end

local function clean_image(image)
  if not image.src:match("^figures/[%w_%-%.]+$") or image.src:match("%.%.") then
    return image.caption
  end
  return clean_attributes(image)
end

local guard = {
  RawInline = function(el) return pandoc.Str(el.text) end,
  RawBlock = function(el) return pandoc.Para({ pandoc.Str(el.text) }) end,
  Math = function(el) return pandoc.Str("$" .. el.text .. "$") end,
  Span = clean_attributes,
  Div = clean_attributes,
  Header = clean_attributes,
  Code = clean_attributes,
  CodeBlock = clean_attributes,
  Link = clean_link,
  Image = clean_image,
}

----------------------------------------------------------------------------------------------------------------------
-- Citations: set here, once, in the same way for every format and engine
----------------------------------------------------------------------------------------------------------------------

local function cite_citations(doc)
  local open, done = false, false
  doc:walk({
    Cite = function() open = true end,
    Div = function(div)
      if div.identifier == "refs" and #div.content > 0 then done = true end
    end,
  })
  if open and not done and doc.meta.bibliography then doc = pandoc.utils.citeproc(doc) end
  -- A Cite that stays is cited a second time by the writers of some formats.
  local raised = false
  doc = doc:walk({
    Cite = function(cite)
      local keys = {}
      if #cite.content > 0 and cite.content[1].t == "Superscript" then raised = true end
      for _, citation in ipairs(cite.citations) do keys[#keys + 1] = citation.id end
      return pandoc.Span(cite.content, pandoc.Attr("", { "citation" }, { { "cites", table.concat(keys, " ") } }))
    end,
  })
  -- AMA: superscript citations stand after full stops and commas, before colons and semicolons.
  if raised then doc = doc:walk({
    Inlines = function(inlines)
      for at = 1, #inlines - 1 do
        local cite, after = inlines[at], inlines[at + 1]
        if cite.t == "Span" and cite.classes:includes("citation") and #cite.content > 0 and cite.content[1].t == "Superscript"
          and after.t == "Str" and after.text:match("^[.,]") then
          inlines[at], inlines[at + 1] = pandoc.Str(after.text:sub(1, 1)), cite
          local rest = after.text:sub(2)
          if rest ~= "" then inlines:insert(at + 2, pandoc.Str(rest)) end
        end
      end
      return inlines
    end,
  }) end
  doc.meta.bibliography = nil
  doc.meta.csl = nil
  doc.meta.nocite = nil
  return doc
end

-- citeproc puts an entry's number and text side by side: typst gets a function of its own for that.
local function typst_reference(div)
  if not (IS_TYPST and div.classes:includes("csl-entry")) then return nil end
  local number, text = pandoc.Inlines({}), pandoc.Inlines({})
  for _, block in ipairs(div.content) do
    for _, inline in ipairs(block.content or {}) do
      if inline.t == "Span" and inline.classes:includes("csl-left-margin") then
        number:extend(inline.content)
      elseif inline.t == "Span" and inline.classes:includes("csl-right-inline") then
        text:extend(inline.content)
      else
        text:insert(inline)
      end
    end
  end
  while #number > 0 and (number[#number].t == "Space" or number[#number].t == "SoftBreak") do number:remove() end
  local out = pandoc.Inlines({ raw("typst", "#paper-reference([") })
  out:extend(number)
  out:insert(raw("typst", "], ["))
  out:extend(text)
  local label = is_label(div.identifier) and (" <" .. div.identifier .. ">") or ""
  out:insert(raw("typst", "])" .. label))
  return pandoc.Plain(out)
end

----------------------------------------------------------------------------------------------------------------------
-- Marked spans
----------------------------------------------------------------------------------------------------------------------

-- Word refuses a title or a tag of more characters than this.
local MOST_LETTERS = 64

local function characters(text, first, last)
  local out, index = {}, 0
  for _, code in utf8.codes(text) do
    index = index + 1
    if index >= first and index <= last then out[#out + 1] = utf8.char(code) end
  end
  return table.concat(out)
end

-- A content control's title is the statistic's name, or what a claim says in words. Where that is too long, what follows
-- a comma goes, then the middle (beginning and end tell most), and the tag, which is the number's own in the record,
-- keeps the title unlike all others.
local function control_title(key, tag)
  if utf8.len(key) > MOST_LETTERS then key = key:gsub(", .*", "") end
  local length = utf8.len(key)
  if length <= MOST_LETTERS then return key end
  local suffix = " " .. tag
  local room = MOST_LETTERS - utf8.len(suffix) - 1
  local ahead = room // 2
  return characters(key, 1, ahead) .. "…" .. characters(key, length - (room - ahead) + 1, length) .. suffix
end

local function marked_span(span)
  if span.classes:includes("indent") then return nil end
  if not (span.classes:includes("num") or span.classes:includes("claim")) then return nil end
  if IS_HTML then return nil end
  if IS_DOCX then
    local key = span.attributes.key or span.identifier
    local tag = span.identifier ~= "" and span.identifier or key
    local alias = xml_escape(control_title(key, tag))
    tag = xml_escape(characters(tag, 1, MOST_LETTERS))
    local out = pandoc.Inlines({
      raw("openxml", '<w:sdt><w:sdtPr><w:alias w:val="' .. alias .. '"/><w:tag w:val="' .. tag .. '"/></w:sdtPr><w:sdtContent>'),
    })
    out:extend(span.content)
    out:insert(raw("openxml", "</w:sdtContent></w:sdt>"))
    return out
  end
  return span.content
end

----------------------------------------------------------------------------------------------------------------------
-- Tables
----------------------------------------------------------------------------------------------------------------------

local ALIGNMENTS = { left = pandoc.AlignLeft, right = pandoc.AlignRight, center = pandoc.AlignCenter, centre = pandoc.AlignCenter, decimal = pandoc.AlignCenter }
local TYPST_ALIGN = { AlignLeft = "left", AlignRight = "right", AlignCenter = "center", AlignDefault = "left" }

-- Takes the leading []{.indent} marks of a cell away and counts them.
local function take_indent(cell)
  local depth = 0
  local block = cell.contents[1]
  if block and (block.t == "Plain" or block.t == "Para") then
    local content = block.content
    while #content > 0 and content[1].t == "Span" and content[1].classes:includes("indent") do
      content:remove(1)
      depth = depth + 1
    end
    while depth > 0 and #content > 0 and content[1].t == "Space" do content:remove(1) end
    block.content = content
    cell.contents[1] = block
  end
  return depth
end

local function all_rows(tbl)
  local rows = {}
  for _, row in ipairs(tbl.head.rows) do rows[#rows + 1] = { row = row, head = true } end
  for _, body in ipairs(tbl.bodies) do
    for _, row in ipairs(body.head) do rows[#rows + 1] = { row = row, head = false } end
    for _, row in ipairs(body.body) do rows[#rows + 1] = { row = row, head = false } end
  end
  for _, row in ipairs(tbl.foot.rows) do rows[#rows + 1] = { row = row, head = false } end
  return rows
end

-- Calls visit(cell, column, row_record, last_header_row) for every cell, with its true column.
local function each_cell(tbl, visit)
  local columns = #tbl.colspecs
  local held = {} -- column → rows still covered by a cell above
  local rows = all_rows(tbl)
  local head_count = #tbl.head.rows
  for index, record in ipairs(rows) do
    local column = 1
    for _, cell in ipairs(record.row.cells) do
      while column <= columns and (held[column] or 0) > 0 do
        held[column] = held[column] - 1
        column = column + 1
      end
      visit(cell, column, record, index, head_count)
      for covered = column, column + cell.col_span - 1 do held[covered] = cell.row_span - 1 end
      column = column + cell.col_span
    end
    while column <= columns do
      if (held[column] or 0) > 0 then held[column] = held[column] - 1 end
      column = column + 1
    end
  end
  return rows
end

local function set_columns(tbl, widths, aligns)
  local specs, total = {}, 0
  for index = 1, #tbl.colspecs do total = total + (tonumber(widths[index]) or 0) end
  for index, spec in ipairs(tbl.colspecs) do
    local share = tonumber(widths[index])
    local width = (share and total > 0) and share / total or 1 / #tbl.colspecs
    specs[index] = { ALIGNMENTS[aligns[index]] or (spec[1] ~= "AlignDefault" and spec[1] or pandoc.AlignLeft), width }
  end
  tbl.colspecs = specs
  return tbl
end

local function cell_inlines(cell)
  local out = pandoc.Inlines({})
  for index, block in ipairs(cell.contents) do
    if index > 1 then out:insert(pandoc.LineBreak()) end
    if block.content and (block.t == "Plain" or block.t == "Para" or block.t == "Header") then
      out:extend(block.content)
    else
      out:extend(pandoc.utils.blocks_to_inlines({ block }))
    end
  end
  return out
end

local function typst_table(tbl)
  local widths = {}
  for index, spec in ipairs(tbl.colspecs) do widths[index] = string.format("%.4gfr", spec[2] * 100) end
  local out = pandoc.Inlines({ raw("typst", "#paper-table(columns: (" .. table.concat(widths, ", ") .. ",),\n") })
  local head_open, last_row = false, 0
  each_cell(tbl, function(cell, column, record, index, head_count)
    if record.head and not head_open then
      out:insert(raw("typst", "table.header(repeat: true,\n"))
      head_open = true
    end
    if not record.head and head_open then
      out:insert(raw("typst", "table.hline(stroke: rule-thin),\n),\n"))
      head_open = false
    end
    last_row = index
    local depth = take_indent(cell)
    local options = {}
    if cell.col_span > 1 then options[#options + 1] = "colspan: " .. cell.col_span end
    if cell.row_span > 1 then options[#options + 1] = "rowspan: " .. cell.row_span end
    local spanning = cell.col_span > 1 and cell.col_span < #tbl.colspecs
    local align = TYPST_ALIGN[tostring(cell.alignment)] or "left"
    if cell.alignment == "AlignDefault" then align = TYPST_ALIGN[tostring(tbl.colspecs[column][1])] end
    options[#options + 1] = "align: " .. align .. (record.head and " + bottom" or " + top")
    local before, after = "[", "]"
    if depth > 0 then before, after = "[#paper-indent(" .. depth .. ")[", "]]" end
    if record.head and spanning and index < head_count then before, after = "[#paper-span[", "]]" end
    if not record.head and cell.col_span == #tbl.colspecs then before, after = "[#paper-group[", "]]" end
    out:insert(raw("typst", "table.cell(" .. table.concat(options, ", ") .. ")" .. before))
    if record.head then out:insert(raw("typst", "#strong[")) end
    out:extend(cell_inlines(cell))
    if record.head then out:insert(raw("typst", "]")) end
    out:insert(raw("typst", after .. ",\n"))
  end)
  if head_open then out:insert(raw("typst", "),\n")) end
  out:insert(raw("typst", ")"))
  return pandoc.Plain(out)
end

local function shaped_table(tbl)
  local columns = #tbl.colspecs
  local function reshape(row, head)
    for position, cell in ipairs(row.cells) do
      local depth = IS_TYPST and 0 or take_indent(cell)
      if depth > 0 and IS_HTML then cell.classes:insert(depth > 1 and "indent-2" or "indent") end
      if depth > 0 and IS_DOCX then
        -- A note for the finisher (report/render/docx.py): pandoc gives cells no paragraph style of ours.
        local block = cell.contents[1]
        block.content:insert(1, raw("openxml", "<!--everynumber-indent " .. depth .. "-->"))
        cell.contents[1] = block
      end
      if head and cell.col_span > 1 then
        cell.alignment = pandoc.AlignCenter
        if IS_HTML and cell.col_span < columns then cell.classes:insert("span") end
      elseif not head and cell.col_span == columns then
        cell.alignment = pandoc.AlignLeft
        if IS_HTML then cell.classes:insert("group") end
      end
      row.cells[position] = cell
    end
    return row
  end
  local head = tbl.head
  for index, row in ipairs(head.rows) do head.rows[index] = reshape(row, true) end
  tbl.head = head
  for number, body in ipairs(tbl.bodies) do
    for index, row in ipairs(body.head) do body.head[index] = reshape(row, true) end
    for index, row in ipairs(body.body) do body.body[index] = reshape(row, false) end
    tbl.bodies[number] = body
  end
  return tbl
end

-- The same kind of note: whether the table needs a page on its side. It stands in the first label.
local function note_wide(tbl, said)
  local row = tbl.bodies[1] and tbl.bodies[1].body[1]
  local block = row and row.cells[1] and row.cells[1].contents[1]
  if not block or (block.t ~= "Plain" and block.t ~= "Para") then return tbl end
  block.content:insert(1, raw("openxml", "<!--everynumber-wide " .. said .. "-->"))
  row.cells[1].contents[1] = block
  tbl.bodies[1].body[1] = row
  return tbl
end

local function table_div(div)
  local widths, aligns = split(div.attributes.widths), split(div.attributes.align)
  local said = div.attributes.wide
  div.attributes.widths, div.attributes.align, div.attributes.wide = nil, nil, nil
  local caption, note, body, columns = nil, nil, pandoc.Blocks({}), 0
  for _, block in ipairs(div.content) do
    if block.t == "Div" and block.classes:includes("table-caption") then
      caption = block
    elseif block.t == "Div" and block.classes:includes("table-note") then
      note = block
    else
      if block.t == "Table" then
        block = shaped_table(set_columns(block, widths, aligns))
        if IS_DOCX and said then block = note_wide(block, said) end
        columns = math.max(columns, #block.colspecs)
      end
      body:insert(block)
    end
  end
  local wide = said == "yes" or (said == nil and columns > MOST_PORTRAIT_COLUMNS)
  if IS_TYPST then
    local out = pandoc.Blocks({ raw_block("typst", wide and "#paper-wide-float[" or "#paper-float[") })
    if caption then
      out:insert(raw_block("typst", "#paper-table-caption["))
      out:extend(caption.content)
      out:insert(raw_block("typst", "]"))
    end
    for _, block in ipairs(body) do out:insert(block.t == "Table" and typst_table(block) or block) end
    if note then
      out:insert(raw_block("typst", "#paper-note["))
      out:extend(note.content)
      out:insert(raw_block("typst", "]"))
    end
    out:insert(raw_block("typst", "]" .. (is_label(div.identifier) and (" <" .. div.identifier .. ">") or "")))
    return out
  end
  if IS_HTML then
    if wide then div.classes:insert("wide") end
    if caption and div.identifier ~= "" then
      caption.identifier = div.identifier .. "-caption"
      for _, block in ipairs(body) do
        if block.t == "Table" then block.attributes["aria-labelledby"] = caption.identifier end
      end
    end
    local scroll = pandoc.Div(body, pandoc.Attr("", { "table-body" }))
    body = pandoc.Blocks({ scroll })
  end
  local content = pandoc.Blocks({})
  if caption then content:insert(caption) end
  content:extend(body)
  if note then content:insert(note) end
  div.content = content
  return div
end

----------------------------------------------------------------------------------------------------------------------
-- Figures
----------------------------------------------------------------------------------------------------------------------

local function folder()
  local input = (quarto and quarto.doc and quarto.doc.input_file) or (PANDOC_STATE.input_files[1]) or ""
  if pandoc.system.environment().EVERYNUMBER_FOLDER then return pandoc.system.environment().EVERYNUMBER_FOLDER end
  return pandoc.path.directory(input)
end

local function read(name)
  for _, path in ipairs({ name, pandoc.path.join({ folder(), name }) }) do
    local file = io.open(path, "rb")
    if file then
      local text = file:read("a")
      file:close()
      return text
    end
  end
  error("everynumber: the figure file " .. name .. " is missing.")
end

-- An SVG file as part of the page: ids of its own, a name for screen readers, nothing that runs or loads.
local function inline_svg(name, alt, width)
  local svg = read(name)
  local prefix = name:gsub("^.*/", ""):gsub("%.svg$", ""):gsub("[^%w]", "-") .. "-"
  svg = svg:gsub("<%?xml.-%?>", ""):gsub("<!DOCTYPE.->", ""):gsub("<metadata.-</metadata>", ""):gsub("<!%-%-.-%-%->", "")
  -- The paper's own text alternative takes the place of the drawing's.
  svg = svg:gsub("<title.-</title>", ""):gsub("<desc.-</desc>", "")
  local low = svg:lower()
  if low:match("<script") or low:match("<foreignobject") or low:match("%son%w+%s*=") or low:match("javascript:") then
    error("everynumber: the figure " .. name .. " holds a script, which a paper's figure must not.")
  end
  svg = svg:gsub('(%sid=")([^"]+")', "%1" .. prefix .. "%2")
  svg = svg:gsub("url%(#", "url(#" .. prefix)
  svg = svg:gsub('(href=")#', "%1#" .. prefix)
  local root = prefix .. "svg"
  svg = svg:gsub("(<style[^>]*>)%s*%*%s*{", "%1#" .. root .. " * {")
  local title = root .. "-title"
  svg = svg:gsub("^%s*<svg(.-)>", function(attributes)
    attributes = attributes:gsub('%sid="[^"]*"', ""):gsub('%srole="[^"]*"', ""):gsub('%saria%-[%w]+="[^"]*"', "")
    local box = attributes:match("viewBox")
    if box then attributes = attributes:gsub('%swidth="[^"]*"', ""):gsub('%sheight="[^"]*"', "") end
    local style = width and (' style="width:' .. width .. '"') or ""
    return '<svg id="' .. root .. '" role="img" aria-labelledby="' .. title .. '"' .. style .. attributes .. '><title id="' .. title .. '">' .. xml_escape(alt) .. "</title>"
  end, 1)
  return (svg:gsub("^%s+", ""):gsub("%s+$", ""))
end

local function one_image(image)
  local alt = pandoc.utils.stringify(image.caption)
  local width = image.attributes.width
  if width and not width:match("^[%d%.]+[%a%%]+$") then width = nil end
  if IS_HTML and image.src:match("%.svg$") then return raw("html", inline_svg(image.src, alt, width)) end
  if IS_DOCX then
    image.src = image.src:gsub("%.svg$", ".png")
    return image
  end
  if IS_TYPST then
    return raw("typst", "#paper-image(" .. typst_string(image.src) .. ", " .. typst_string(alt) .. (width and (", width: " .. width) or "") .. ")")
  end
  return image
end

local function figure_div(div)
  -- Only the images and the caption: what pandoc or Quarto build around a lone image (a Figure whose caption would print
  -- the text alternative, a float) goes.
  local caption, images = nil, pandoc.Inlines({})
  for _, block in ipairs(div.content) do
    if block.t == "Div" and block.classes:includes("figure-caption") then
      caption = block
    else
      block:walk({ Image = function(image) images:insert(image) end })
    end
  end
  local picture = pandoc.Blocks({})
  for _, image in ipairs(images) do picture:insert(pandoc.Para({ one_image(image) })) end
  if IS_TYPST then
    local out = pandoc.Blocks({ raw_block("typst", "#paper-figure([") })
    out:extend(picture)
    out:insert(raw_block("typst", "], ["))
    if caption then out:extend(caption.content) end
    out:insert(raw_block("typst", "])" .. (is_label(div.identifier) and (" <" .. div.identifier .. ">") or "")))
    return out
  end
  if IS_DOCX then
    picture = pandoc.Blocks({ pandoc.Div(picture, pandoc.Attr("", {}, { { "custom-style", "Figure" } })) })
  end
  local content = picture
  if caption then content:insert(caption) end
  div.content = content
  return div
end

----------------------------------------------------------------------------------------------------------------------
-- The other Divs, headings
----------------------------------------------------------------------------------------------------------------------

local function styled_div(div)
  if IS_DOCX then
    local class = first_class(div, WORD_STYLES)
    if class then
      div.attributes["custom-style"] = WORD_STYLES[class]
      return div
    end
  elseif IS_TYPST then
    local class = first_class(div, TYPST_FUNCTIONS)
    if class then
      local out = pandoc.Blocks({ raw_block("typst", "#" .. TYPST_FUNCTIONS[class] .. "[") })
      out:extend(div.content)
      out:insert(raw_block("typst", "]" .. (is_label(div.identifier) and (" <" .. div.identifier .. ">") or "")))
      return out
    end
    if div.identifier == "refs" then
      local out = pandoc.Blocks({})
      for _, block in ipairs(div.content) do out:insert(block) end
      return out
    end
  elseif IS_HTML then
    if div.classes:includes("paper-title") then
      local out = pandoc.Blocks({ raw_block("html", '<h1 class="paper-title">') })
      for _, block in ipairs(div.content) do out:insert(block.t == "Para" and pandoc.Plain(block.content) or block) end
      out:insert(raw_block("html", "</h1>"))
      return out
    end
    if div.classes:includes("notice") then
      div.attributes.role = "note"
      return div
    end
  end
end

-- An abstract's heading stands beside the sections, and no level is skipped: screen readers and PDF/UA ask for it.
local function tidy_levels(doc)
  local above = 0
  local function tidy(header, within_abstract)
    header.level = within_abstract and 1 or math.min(header.level, above + 1)
    above = header.level
    return header
  end
  return doc:walk({
    traverse = "topdown",
    Div = function(div)
      if not div.classes:includes("abstract") then return nil end
      return div:walk({ Header = function(header) return tidy(header, true) end }), false
    end,
    Header = function(header) return tidy(header, false), false end,
  })
end

local function heading(header)
  -- The paper's title is the page's only first-level heading.
  if IS_HTML then
    header.level = math.min(header.level + 1, 6)
    return header
  end
  -- Word has a style for unnumbered headings, no numbers: one look for all.
  header.classes = {}
  return header
end

-- Code without colours: the highlighters of pandoc and Quarto want definitions that a paper has no use for.
local function plain_code(code)
  code.classes = {}
  if not IS_TYPST then return code end
  local block = code.t == "CodeBlock"
  local text = '"' .. code.text:gsub("\\", "\\\\"):gsub('"', '\\"') .. '"'
  local call = "#raw(" .. text .. (block and ", block: true" or "") .. ")"
  return block and raw_block("typst", call) or raw("typst", call)
end

function Pandoc(doc)
  -- The embedded engine reads and cites once, to JSON, and writes the formats from that.
  if not doc.meta["everynumber-ready"] then
    doc = doc:walk(guard)
    doc = cite_citations(doc)
    doc = tidy_levels(doc)
  end
  doc.meta["everynumber-ready"] = nil
  if FORMAT == "json" then
    doc.meta["everynumber-ready"] = true
    return doc
  end
  -- Figures first: an Image outside of them is drawn in its line.
  doc = doc:walk({ Div = function(div) if div.classes:includes("figure") then return figure_div(div) end end })
  doc = doc:walk({
    Span = not IS_HTML and marked_span or nil,
    Image = one_image,
    Code = plain_code,
    CodeBlock = plain_code,
    Str = IS_TYPST and typst_literal or nil,
  })
  doc = doc:walk({
    Header = heading,
    Div = function(div)
      if div.classes:includes("table") then return table_div(div) end
      return typst_reference(div) or styled_div(div)
    end,
  })
  return doc
end
