export { decodeCbor } from './cbor/decode.ts'
export { cborListPieces, cborWatchEvent, encodeCbor, encodeCborItem } from './cbor/encode.ts'
export { decodeJson } from './json/json.ts'
export { createProtobufCodec, type ProtobufCodec } from './protobuf/codec.ts'
export {
  createWriter as createProtobufWriter,
  type ProtobufWriter,
  wireType as protobufWireType,
} from './protobuf/wire.ts'
export { convertingError, type DecodedYaml, decodeYaml, decodeYamlBody } from './yaml/yaml.ts'
