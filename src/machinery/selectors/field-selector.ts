/** One term of a field selector. */
interface FieldRequirement {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

/** A conjunction of terms in the order of their text. */
export type FieldSelector = readonly FieldRequirement[]

/**
 * Reads a field selector `a=b,c!=d,e==f`. A comma, an equals sign or a backslash in a value stands behind a backslash.
 * @throws Error with the text of apimachinery's `fields.ParseSelector`; the API answers it with 400.
 */
export function parseFieldSelector(text: string): FieldSelector {
  return splitTerms(text)
    .toSorted()
    .filter((term) => term !== '')
    .map((term) => {
      const requirement = parseTerm(term)
      if (requirement) return requirement
      throw new Error(`invalid selector: '${text}'; can't understand '${term}'`)
    })
}

/** Whether the fields satisfy every term; a field that is absent counts as empty. */
export function matchesFields(
  selector: FieldSelector,
  fieldValue: (field: string) => string | undefined,
): boolean {
  return selector.every(
    ({ field, operator, value }) => ((fieldValue(field) ?? '') === value) === (operator === '='),
  )
}

/** The value that a selector pins a field to, if it does. */
export function exactField(selector: FieldSelector, field: string): string | undefined {
  return selector.find((term) => term.operator === '=' && term.field === field)?.value
}

function splitTerms(text: string): string[] {
  const terms: string[] = []
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === ',') {
      terms.push(text.slice(start, i))
      start = i + 1
    }
  }
  return [...terms, text.slice(start)]
}

function parseTerm(term: string): FieldRequirement | undefined {
  // Field names hold no backslash, so the first operator is the one that counts.
  const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term)
  if (!match) return undefined
  const [, field = '', operator, escaped = ''] = match
  const value = unescapeValue(escaped)
  if (value === undefined) return undefined
  return { field, operator: operator === '!=' ? '!=' : '=', value }
}

/** Undefined when the text has a bare separator, a lone backslash, or an unknown escape. */
function unescapeValue(text: string): string | undefined {
  if (!/^(?:[^\\,=]|\\[\\,=])*$/s.test(text)) return undefined
  return text.replace(/\\([\\,=])/g, '$1')
}
