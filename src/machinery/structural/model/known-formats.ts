import { type CustomSchemaProps, someProps } from './schema-props.ts'

/** Formats of texts that upstream checks, without the dashes that it does not mind. */
export const textFormats: ReadonlySet<string> = new Set([
  ...['bsonobjectid', 'uri', 'email', 'hostname', 'ipv4', 'ipv6', 'cidr', 'mac'],
  ...['uuid', 'uuid3', 'uuid4', 'uuid5', 'isbn', 'isbn10', 'isbn13', 'creditcard', 'ssn'],
  ...['hexcolor', 'rgbcolor', 'byte', 'password', 'date', 'duration', 'datetime'],
  ...['k8sshortname', 'k8slongname'],
])

const integerFormats: ReadonlySet<string> = new Set(['int32', 'int64'])
const numberFormats: ReadonlySet<string> = new Set(['float', 'double'])

/** The name of a format as upstream looks it up: dashes do not count. */
export function plainFormat(format: string): string {
  return format.replaceAll('-', '')
}

/** The format itself where it is checked for these types; otherwise empty, as it means nothing then. */
export function supportedFormat(types: readonly string[], format: string): string {
  const [type = ''] = types.length === 1 ? types : []
  if (type === '' || type === 'string') return textFormats.has(plainFormat(format)) ? format : ''
  if (type === 'integer') return integerFormats.has(format) ? format : ''
  if (type === 'number') return numberFormats.has(format) ? format : ''
  return ''
}

/** The formats in a schema that upstream does not know, each once. A warning names them. */
export function unknownFormats(props: CustomSchemaProps): readonly string[] {
  const found = new Set<string>()
  someProps(props, (node) => {
    const { format = '', type = '' } = node
    const types = node['x-kubernetes-int-or-string'] ? ['integer', 'string'] : [type]
    if (format !== '' && supportedFormat(types, format) === '') found.add(format)
    return false
  })
  return [...found]
}
