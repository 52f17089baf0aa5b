import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One `+name=value` comment before a message or field; a bare `+name` has the value ''. */
export interface Marker {
  readonly name: string
  readonly value: string
}

/** One field of a message. `map` fields have string keys and `type` is that of their values. */
export interface ProtoField {
  readonly name: string
  readonly number: number
  readonly cardinality: 'optional' | 'repeated' | 'map'
  /** A protobuf scalar, or the full name of a message (`k8s.io.api.core.v1.Pod`). */
  readonly type: string
  readonly markers: readonly Marker[]
}

export interface ProtoMessage {
  /** `k8s.io.api.core.v1.Pod` */
  readonly name: string
  readonly package: string
  readonly fields: readonly ProtoField[]
  readonly markers: readonly Marker[]
}

const scalars = new Set(['bool', 'bytes', 'double', 'int32', 'int64', 'string'])

const patterns = {
  package: /^package ([\w.]+);$/,
  message: /^message (\w+) \{$/,
  marker: /^\/\/ \+([^=]+)(?:=(.*))?$/,
  map: /^map<string, ([\w.]+)> (\w+) = (\d+);$/,
  field: /^(optional|repeated) ([\w.]+) (\w+) = (\d+);$/,
}

/** Every message of the `.proto` files below `folder`, in the order of file names. */
export function readProtos(folder: string): readonly ProtoMessage[] {
  const files = globSync('**/*.proto', { cwd: folder }).sort()
  if (files.length === 0) throw new Error(`no .proto files below ${folder}`)
  return files.flatMap((file) => parseProto(readFileSync(join(folder, file), 'utf8'), file))
}

/**
 * Parses the flat subset that Kubernetes' generated protos use: messages at the top level, one
 * field a line, no enums, no oneofs. Anything else is an error that names the line.
 */
export function parseProto(text: string, file: string): readonly ProtoMessage[] {
  const messages: ProtoMessage[] = []
  let package_ = ''
  let message: (ProtoMessage & { fields: ProtoField[] }) | undefined
  let markers: Marker[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    const marker = patterns.marker.exec(line)
    if (marker) {
      markers.push({ name: marker[1]!, value: marker[2] ?? '' })
      continue
    }
    if (line === '' || /^(\/\/|syntax|import|option )/.test(line)) continue
    const packageLine = patterns.package.exec(line)
    const opening = patterns.message.exec(line)
    if (packageLine) package_ = packageLine[1]!
    else if (opening) {
      message = { name: `${package_}.${opening[1]}`, package: package_, fields: [], markers }
      messages.push(message)
    } else if (line === '}') message = undefined
    else {
      const field = parseField(line, package_, markers)
      if (!field || !message) throw new Error(`${file}:${index + 1}: cannot read: ${line}`)
      message.fields.push(field)
    }
    markers = []
  }
  return messages
}

function parseField(
  line: string,
  package_: string,
  markers: readonly Marker[],
): ProtoField | undefined {
  const map = patterns.map.exec(line)
  if (map) {
    return {
      name: map[2]!,
      number: Number(map[3]),
      cardinality: 'map',
      type: qualified(map[1]!, package_),
      markers,
    }
  }
  const field = patterns.field.exec(line)
  if (!field) return undefined
  return {
    name: field[3]!,
    number: Number(field[4]),
    cardinality: field[1] as 'optional' | 'repeated',
    type: qualified(field[2]!, package_),
    markers,
  }
}

function qualified(type: string, package_: string): string {
  if (scalars.has(type)) return type
  return type.startsWith('.') ? type.slice(1) : `${package_}.${type}`
}

/** The value of a marker, '' when it is bare, undefined when it is absent. */
export function markerValue(markers: readonly Marker[], name: string): string | undefined {
  return markers.find((marker) => marker.name === name)?.value
}
