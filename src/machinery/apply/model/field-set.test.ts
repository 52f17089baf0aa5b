import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodeFields, encodeFields } from '../managers/fields-v1.ts'
import {
  difference,
  differenceWithin,
  equalSets,
  fieldSet,
  hasPath,
  intersection,
  isEmptySet,
  leaves,
  pathsOf,
  union,
  withNamedFields,
} from './field-set.ts'
import {
  canonicalElement,
  compareElements,
  fieldElement,
  keyElement,
  type OwnedPath,
  pathText,
  valueElement,
} from './path-element.ts'
import { fixtureType } from './schema-fixture.ts'

const at = (...names: string[]): OwnedPath => names.map(fieldElement)
const texts = (set: Parameters<typeof pathsOf>[0]) => [...pathsOf(set)].map(pathText)

const element = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '.', '__proto__').map(fieldElement),
  fc.string({ unit: 'binary', maxLength: 3 }).map(fieldElement),
  fc.oneof(fc.string(), fc.integer(), fc.boolean()).map(valueElement),
  fc.record({ name: fc.string({ maxLength: 2 }), port: fc.nat(3) }).map(({ name, port }) =>
    keyElement([
      ['name', name],
      ['port', port],
    ]),
  ),
  fc.nat(4).map((i) => `i:${i}`),
)
const path = fc.array(element, { minLength: 1, maxLength: 4 })
const set = fc.array(path, { maxLength: 12 }).map((paths) => fieldSet(...paths))
const keys = (paths: Iterable<OwnedPath>) => new Set([...paths].map((p) => p.join('\0')))

describe('sets of field paths', () => {
  it('are what sets of their members are', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [x, y] = [keys(pathsOf(a)), keys(pathsOf(b))]
        assert.deepEqual(keys(pathsOf(union(a, b))), x.union(y))
        assert.deepEqual(keys(pathsOf(intersection(a, b))), x.intersection(y))
        assert.deepEqual(keys(pathsOf(difference(a, b))), x.difference(y))
        assert.equal(equalSets(a, b), x.size === y.size && x.isSubsetOf(y))
      }),
    )
  })

  it('know their members, and only those', () => {
    fc.assert(
      fc.property(fc.array(path), path, (paths, other) => {
        const all = fieldSet(...paths)
        for (const member of paths) assert.ok(hasPath(all, member))
        assert.equal(hasPath(all, other), keys(paths).has(other.join('\0')))
        assert.equal(hasPath(all, []), false)
      }),
    )
  })

  it('lose what lies below a path in a difference within', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const gone = [...pathsOf(b)]
        const isBelow = (p: OwnedPath) => gone.some((g) => g.every((step, i) => p[i] === step))
        const want = keys([...pathsOf(a)].filter((p) => !isBelow(p)))
        assert.deepEqual(keys(pathsOf(differenceWithin(a, b))), want)
      }),
    )
  })

  it('give back an operand that equals the result', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const both = union(a, b)
        assert.equal(union(both, b), both)
        assert.equal(intersection(a, both), a)
        assert.ok(isEmptySet(difference(a, both)))
        assert.equal(difference(a, difference(b, a)), a)
      }),
    )
  })

  it('have as leaves the members with none below', () => {
    const all = fieldSet(at('a'), at('a', 'b'), at('c'), at('d', 'e'))
    assert.deepEqual(texts(leaves(all)), ['.c', '.a.b', '.d.e'])
  })

  it('name the members of a level before those below it', () => {
    const all = fieldSet(at('b', 'a'), at('c'), at('b'), at('a', 'z'))
    assert.deepEqual(texts(all), ['.b', '.c', '.a.z', '.b.a'])
  })

  it('gain the named fields of structs that lead to a member, not those of maps', () => {
    const owned = fieldSet(at('spec', 'replicas'), at('metadata', 'labels', 'app'), [
      ...at('spec', 'template', 'spec', 'containers'),
      'k:{"name":"a"}',
      ...at('image'),
    ])
    assert.deepEqual(texts(withNamedFields(owned, fixtureType('Deployment'))), [
      '.metadata',
      '.spec',
      '.metadata.labels',
      '.metadata.labels.app',
      '.spec.replicas',
      '.spec.template',
      '.spec.template.spec',
      '.spec.template.spec.containers',
      '.spec.template.spec.containers[name="a"].image',
    ])
  })
})

describe('FieldsV1', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(set, (all) => {
        const text = JSON.stringify(encodeFields(all))
        const read = decodeFields(JSON.parse(text))
        assert.ok(equalSets(read, all))
        assert.equal(JSON.stringify(encodeFields(read)), text)
      }),
    )
  })

  it('is in the canonical order: itself, fields, keys, values, indexes', () => {
    const all = fieldSet(
      at('l'),
      ['f:l', 'i:10'],
      ['f:l', 'i:9'],
      ['f:l', 'v:"b"'],
      ['f:l', 'v:10'],
      ['f:l', 'v:9'],
      ['f:l', 'k:{"name":"b"}'],
      ['f:l', 'k:{"name":"a","port":2}'],
      ['f:l', 'f:z'],
    )
    assert.equal(
      JSON.stringify(encodeFields(all)),
      '{"f:l":{".":{},"f:z":{},"k:{\\"name\\":\\"a\\",\\"port\\":2}":{},"k:{\\"name\\":\\"b\\"}":{},"v:9":{},"v:10":{},"v:\\"b\\"":{},"i:9":{},"i:10":{}}}',
    )
  })

  it('that is stored and canonical is used again as it is', () => {
    const stored = deepFreeze({ 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } })
    assert.equal(encodeFields(decodeFields(stored)), stored)
    const odd = deepFreeze({ 'f:b': {}, 'f:a': {} })
    assert.deepEqual(Object.keys(encodeFields(decodeFields(odd))), ['f:a', 'f:b'])
  })

  it('drops elements that it does not know, and refuses what is none', () => {
    assert.deepEqual(encodeFields(decodeFields({ 'f:a': {}, 'x:b': {} })), { 'f:a': {} })
    assert.throws(() => decodeFields({ a: {} }), /key must be 2 characters long/)
    assert.throws(() => decodeFields({ abc: {} }), /missing colon: abc/)
    assert.throws(() => decodeFields({ 'k:{': {} }))
    assert.throws(() => decodeFields({ 'i:x': {} }))
  })

  it('writes keys as Go writes JSON', () => {
    assert.equal(keyElement([['name', 'a<b>&']]), 'k:{"name":"a\\u003cb\\u003e\\u0026"}')
    assert.equal(
      canonicalElement('k:{"protocol":"TCP","port":80}'),
      'k:{"port":80,"protocol":"TCP"}',
    )
  })
})

describe('path elements', () => {
  const order = [
    'f:',
    'f:a',
    'f:\uffff',
    'f:\u{10000}',
    'k:{"a":1}',
    'k:{"a":1,"b":1}',
    'k:{"b":0}',
  ]
  const values = ['v:-1', 'v:1.5', 'v:2', 'v:""', 'v:"a"', 'v:false', 'v:true', 'v:null', 'i:2']
  it('have upstream’s total order', () => {
    const sorted = [...order, ...values]
    for (const [i, a] of sorted.entries()) {
      for (const [j, b] of sorted.entries()) {
        assert.equal(Math.sign(compareElements(a, b)), Math.sign(i - j), `${a} and ${b}`)
      }
    }
  })

  it('are shown to people as upstream does', () => {
    const path = ['f:spec', 'k:{"name":"a \\"b\\"","port":80}', 'v:"x"', 'v:1', 'i:3', 'f:a.b/c']
    assert.equal(pathText(path), '.spec[name="a \\"b\\"",port=80][="x"][=1][3].a.b/c')
  })
})

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
