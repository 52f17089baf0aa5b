import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkQualifiedName,
  labelName,
  subdomainName,
} from '#machinery/validation'
import { type Overload, overload } from '../values/overload.ts'
import { parseDate, parseTimestamp } from '../values/temporal.ts'
import { CelList, CelOpaque, CelOptional } from '../values/values.ts'
import { urlProblem } from './urls.ts'

/** A named format; `regexSize` says what checking a text by it costs. */
export class CelNamedFormat extends CelOpaque {
  readonly typeName = 'kubernetes.NamedFormat'
  readonly name: string
  readonly regexSize: number
  readonly check: (text: string) => readonly string[]
  constructor(name: string, regexSize: number, check: (text: string) => readonly string[]) {
    super()
    this.name = name
    this.regexSize = regexSize
    this.check = check
  }
  equals(other: CelOpaque): boolean {
    return other instanceof CelNamedFormat && other.name === this.name
  }
}

const dns1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const maxLabel = 63

function checkDns1035Label(text: string): readonly string[] {
  const problems: string[] = []
  if (text.length > maxLabel) problems.push(`must be no more than ${maxLabel} characters`)
  if (!/^[a-z][-a-z0-9]*$/.test(text) || text.endsWith('-')) {
    problems.push(
      `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${dns1035}')`,
    )
  }
  return problems
}

/** A prefix may end in a dash, since characters follow. */
const asPrefix = (text: string): string =>
  text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text

const unless = (holds: (text: string) => boolean, message: string) => (text: string) =>
  holds(text) ? [] : [message]

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const isBase64 = (text: string): boolean =>
  text !== '' && Buffer.from(text, 'base64').toString('base64') === text
const dateTimeSize = 74

const formats: Readonly<Record<string, CelNamedFormat>> = Object.fromEntries(
  [
    new CelNamedFormat('dns1123Label', 30, checkDns1123Label),
    new CelNamedFormat('dns1123Subdomain', 60, checkDns1123Subdomain),
    new CelNamedFormat('dns1035Label', 30, checkDns1035Label),
    new CelNamedFormat('qualifiedName', 60, checkQualifiedName),
    new CelNamedFormat('dns1123LabelPrefix', 30, (text) => labelName(text, true)),
    new CelNamedFormat('dns1123SubdomainPrefix', 60, (text) => subdomainName(text, true)),
    new CelNamedFormat('dns1035LabelPrefix', 30, (text) => checkDns1035Label(asPrefix(text))),
    new CelNamedFormat('labelValue', 40, checkLabelValue),
    new CelNamedFormat('uri', 1103, (text) => {
      const problem = urlProblem(text)
      return problem === undefined ? [] : [problem]
    }),
    new CelNamedFormat(
      'uuid',
      79,
      unless((text) => uuid.test(text), 'does not match the UUID format'),
    ),
    new CelNamedFormat('byte', 84, unless(isBase64, 'invalid base64')),
    new CelNamedFormat(
      'date',
      dateTimeSize,
      unless((text) => parseDate(text) !== undefined, 'invalid date'),
    ),
    new CelNamedFormat(
      'datetime',
      dateTimeSize,
      unless((text) => parseTimestamp(text) !== undefined, 'invalid datetime'),
    ),
  ].map((format) => [format.name, format]),
)

/** Formats by their names, and the check of a text by one of them. */
export const namedFormats: readonly Overload[] = [
  ...Object.values(formats).map((format) =>
    overload(`format.${format.name}(): NamedFormat`, () => format),
  ),
  overload(
    'format.named(string): optional<NamedFormat>',
    (name: string) => new CelOptional(Object.hasOwn(formats, name) ? formats[name] : undefined),
  ),
  overload(
    'NamedFormat.validate(string): optional<list<string>>',
    (format: CelNamedFormat, text: string) => {
      const problems = format.check(text)
      return problems.length === 0 ? new CelOptional() : new CelOptional(new CelList(problems))
    },
  ),
]
