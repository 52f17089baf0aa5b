import protobuf from 'protobufjs/light.js'
import descriptor from '../generated/descriptor.json' with { type: 'json' }

/** A message to send: whatever is absent or undefined is left out. */
export type Outgoing<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer E)[]
    ? readonly Outgoing<E>[]
    : T extends object
      ? { readonly [K in keyof T]?: Outgoing<T[K]> | undefined }
      : T

const root = protobuf.Root.fromJSON(descriptor as protobuf.INamespace)

/** 64-bit values as numbers (exact to 2^53), enums by name; every scalar, list and map present. */
const plain: protobuf.IConversionOptions = {
  longs: Number,
  enums: String,
  defaults: true,
  arrays: true,
  objects: true,
}

export function encodeCri(typeName: string, message: object): Buffer {
  const type = root.lookupType(typeName)
  return Buffer.from(type.encode(type.fromObject(message)).finish())
}

export function decodeCri<T>(typeName: string, bytes: Uint8Array): T {
  const type = root.lookupType(typeName)
  return type.toObject(type.decode(bytes), plain) as T
}
