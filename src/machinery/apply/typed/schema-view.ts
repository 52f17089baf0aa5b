import type {
  ApiSchema,
  FieldSchema,
  FieldType,
  ScalarForm,
  TypeSchema,
} from '../../schema/schema.ts'
import {
  atomicList,
  atomicType,
  listKeys,
  type OwnedField,
  type OwnedList,
  type OwnedMap,
  type OwnedType,
  once,
  type ScalarType,
} from '../model/schema.ts'

const forms: Readonly<Record<ScalarForm, OwnedType>> = {
  bool: scalar('boolean'),
  bytes: scalar('string'),
  double: scalar('numeric'),
  int32: scalar('numeric'),
  int64: scalar('numeric'),
  string: scalar('string'),
  quantity: scalar('untyped'),
  intOrString: scalar('untyped'),
  time: scalar('untyped'),
  microTime: scalar('untyped'),
  duration: scalar('string'),
  rawExtension: atomicType,
  fieldsV1: atomicType,
  json: atomicType,
  stringList: Object.freeze({ list: atomicList(() => scalar('string')) }),
}

type Overrides = Pick<FieldSchema, 'listType' | 'listMapKeys' | 'mapType' | 'structType'>
type View = (typeName: string, override?: 'atomic' | 'granular') => OwnedType

/**
 * How the types of the API are owned. Types are made when first asked for and kept; one that the
 * schema lacks is owned as a whole.
 */
export function ownedTypes(schema: ApiSchema): (typeName: string) => OwnedType {
  const made = new Map<string, OwnedType>()
  const view: View = (name, override) => {
    const key = override ? `${name} ${override}` : name
    let owned = made.get(key)
    if (owned) return owned
    const type = schema.type(name)
    owned = !type || type.union ? atomicType : structType(type, override, view)
    made.set(key, owned)
    return owned
  }
  return (name) => view(name)
}

function scalar(form: ScalarType): OwnedType {
  return Object.freeze({ scalar: form })
}

const string = scalar('string')
const typeMeta: OwnedField = { type: () => string, default: undefined, isRequired: false }

function structType(
  type: TypeSchema,
  override: 'atomic' | 'granular' | undefined,
  view: View,
): OwnedType {
  const fields = new Map<string, OwnedField>()
  if (type.hasTypeMeta) for (const name of ['apiVersion', 'kind']) fields.set(name, typeMeta)
  for (const field of type.fields) fields.set(field.name, ownedField(field, view))
  const map: OwnedMap = {
    isAtomic: (override ?? type.structType) === 'atomic',
    field: (name) => fields.get(name),
    fieldNames: Object.freeze([...fields.keys()]),
    element: () => undefined,
  }
  return Object.freeze({ map: Object.freeze(map) })
}

function ownedField(field: FieldSchema, view: View): OwnedField {
  return Object.freeze({
    type: once(() => ownedType(field.type, field, view)),
    default: field.default,
    isRequired: !field.isOptional,
  })
}

function ownedType(type: FieldType, overrides: Overrides, view: View): OwnedType {
  switch (type.kind) {
    case 'scalar':
      return forms[type.scalar]
    case 'ref':
      return view(type.name, overrides.structType)
    case 'list':
      return Object.freeze({ list: ownedList(type.element, overrides, view) })
    case 'map': {
      const element = once(() => ownedType(type.value, {}, view))
      const isAtomic = overrides.mapType === 'atomic'
      const map = { isAtomic, element, field: () => undefined, fieldNames: Object.freeze([]) }
      return Object.freeze({ map: Object.freeze(map) })
    }
  }
}

function ownedList(element: FieldType, overrides: Overrides, view: View): OwnedList {
  const { listType, listMapKeys = [] } = overrides
  const type = once(() => ownedType(element, {}, view))
  return Object.freeze({
    isAtomic: listType !== 'set' && listType !== 'map',
    element: type,
    keys: once(() => listKeys(listType === 'map' ? listMapKeys : [], type())),
  })
}
