/** Attributes that hold a link, by the elements that have them (upstream: Transport's atomsToAttrs). */
const linkAttributes: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
}

/** Elements whose content is no markup until their own end. */
const rawElements: ReadonlySet<string> = new Set(
  'iframe noembed noframes plaintext script style textarea title xmp'.split(' '),
)

/** A tag or comment that is longer is handed on as it is, so that nobody makes the server keep it. */
const longestMarkup = 1 << 16

/** Hands a page on as it comes, with the links in its tags rewritten; all other bytes stay as they are. */
export async function* rewriteLinks(
  page: AsyncIterable<Uint8Array>,
  rewrite: (url: string) => string,
): AsyncGenerator<Uint8Array> {
  const scanner = createScanner(rewrite)
  // One character for each byte: what is markup is ASCII, and the rest comes out as it went in.
  for await (const bytes of page) {
    const ready = scanner.take(Buffer.from(bytes).toString('latin1'))
    if (ready !== '') yield Buffer.from(ready, 'latin1')
  }
  const rest = scanner.end()
  if (rest !== '') yield Buffer.from(rest, 'latin1')
}

interface Scanner {
  /** What can be handed on of all that has come. */
  take(text: string): string
  end(): string
}

function createScanner(rewrite: (url: string) => string): Scanner {
  let held: string[] = []
  let heldLength = 0
  let raw = ''
  /** Where the first whole markup of a text begins and ends, and what stands for it. */
  const next = (text: string, from: number) => {
    const begin = raw === '' ? markupAt(text, from) : rawEnd(text, from, raw)
    const end = begin === text.length ? undefined : markupEnd(text, begin)
    if (end === undefined) return { begin, end: begin, changed: '' }
    const markup = text.slice(begin, end)
    const name = /^<([a-zA-Z][^\s/>]*)/.exec(markup)?.[1]?.toLowerCase() ?? ''
    raw = rawElements.has(name) ? name : ''
    return { begin, end, changed: rewriteTag(markup, name, rewrite) }
  }
  const pass = (text: string): { readonly ready: string; readonly rest: string } => {
    const out: string[] = []
    for (let at = 0; ; ) {
      const { begin, end, changed } = next(text, at)
      out.push(text.slice(at, begin), changed)
      at = end
      if (begin === end) return { ready: out.join(''), rest: text.slice(at) }
    }
  }
  return {
    take(text) {
      held.push(text)
      heldLength += text.length
      // Looking again at what is held costs as much as it has grown since.
      if (held.length > 1 && !text.includes('>') && heldLength < longestMarkup) return ''
      const { ready, rest } = pass(held.join(''))
      const isTooLong = rest.length >= longestMarkup
      held = isTooLong || rest === '' ? [] : [rest]
      heldLength = isTooLong ? 0 : rest.length
      return isTooLong ? ready + rest : ready
    },
    end: () => held.join(''),
  }
}

/** Where the next tag, comment or declaration begins, or may begin. */
function markupAt(text: string, from: number): number {
  for (let at = text.indexOf('<', from); at >= 0; at = text.indexOf('<', at + 1)) {
    if (at + 1 === text.length || /[a-zA-Z/!?]/.test(text[at + 1] ?? '')) return at
  }
  return text.length
}

/** Where the end tag of an element begins whose content is no markup, or may begin. */
function rawEnd(text: string, from: number, name: string): number {
  if (name === 'plaintext') return text.length
  const tag = `</${name}`
  for (let at = text.indexOf('<', from); at >= 0; at = text.indexOf('<', at + 1)) {
    const found = text.slice(at, at + tag.length).toLowerCase()
    const next = text[at + tag.length]
    if (next === undefined ? tag.startsWith(found) : found === tag && /[\s/>]/.test(next)) return at
  }
  return text.length
}

/** Where the markup that begins here ends; undefined where that has not come yet. */
function markupEnd(text: string, at: number): number | undefined {
  if (text.startsWith('<!--', at)) return after(text, '-->', at + 2)
  if (text[at + 1] === '!' || text[at + 1] === '?') return after(text, '>', at)
  return tagEnd(text, at + 1)
}

/** A bracket in the quotes of a value ends nothing. */
function tagEnd(text: string, from: number): number | undefined {
  let isValue = false
  for (let at = from; at < text.length; at++) {
    const letter = text[at] ?? ''
    if (letter === '>') return at + 1
    if (isValue && (letter === '"' || letter === "'")) {
      const close = text.indexOf(letter, at + 1)
      if (close < 0) return undefined
      at = close
      isValue = false
    } else isValue = letter === '=' || (isValue && /\s/.test(letter))
  }
  return undefined
}

function after(text: string, end: string, from: number): number | undefined {
  const found = text.indexOf(end, from)
  return found < 0 ? undefined : found + end.length
}

const attribute = /([^\s/>=][^\s/>=]*)(?:(\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s>"'][^\s>]*)))?/g

function rewriteTag(tag: string, name: string, rewrite: (url: string) => string): string {
  const links = linkAttributes[name]
  if (!links) return tag
  const head = 1 + name.length
  const attributes = tag
    .slice(head)
    .replace(
      attribute,
      (whole, key: string, equals?: string, ...values: (string | undefined)[]) => {
        const value = values.slice(0, 3).find((each) => typeof each === 'string')
        if (equals === undefined || value === undefined) return whole
        if (!links.includes(key.toLowerCase())) return whole
        const changed = rewrite(value)
        return changed === value ? whole : `${key}${equals}"${changed.replaceAll('"', '&#34;')}"`
      },
    )
  return tag.slice(0, head) + attributes
}
