import assert from 'node:assert/strict'
import { test } from 'node:test'
import { celTypes, compileRule, formatCelType, jsonOf } from '../index.ts'
import { prepareSource } from './prepare-source.ts'

const compile = (source: string) =>
  compileRule(source, { variables: { object: celTypes.dyn }, hasPatchTypes: true })

function made(source: string): unknown {
  const compiled = compile(source)
  if ('error' in compiled) return compiled.error
  const result = compiled.evaluate({ object: 'web' })
  return 'error' in result ? result.error : jsonOf(result.value)
}

const typeOf = (source: string): string => {
  const compiled = compile(source)
  return 'error' in compiled ? compiled.error : formatCelType(compiled.checkedType)
}

test('a mutation writes out the objects that it wants', () => {
  assert.deepEqual(
    made(`Object{
      metadata: Object.metadata{labels: {"app": object}, namespace: "x"},
      spec: Object.spec { // a comment with { and "
        template: Object.spec.template{containers: [Object.spec.template.containers{name: 'a{b}', if: 1,},]},
      },
    }`),
    {
      metadata: { labels: { app: 'web' }, namespace: 'x' },
      spec: { template: { containers: [{ name: 'a{b}', if: 1 }] } },
    },
  )
  assert.deepEqual(made('Object{}'), {})
  assert.equal(typeOf('Object{}'), 'Object')
  assert.equal(typeOf('true ? Object.spec{a: 1} : Object.spec{}'), 'Object.spec')
})

test('a mutation writes out JSON patches', () => {
  assert.equal(typeOf('[JSONPatch{op: "add", path: "/x", value: 1}]'), 'list(JSONPatch)')
  assert.deepEqual(
    made(
      '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("k8s.io/my~label"), value: Object.spec{a: [1]}}]',
    ),
    [{ op: 'add', path: '/metadata/labels/k8s.io~1my~0label', value: { a: [1] } }],
  )
})

test('an optional field is left out where there is no value', () => {
  assert.deepEqual(made('Object{?a: optional.none(), ?b: optional.of(1), c: [?optional.of(2)]}'), {
    b: 1,
    c: [2],
  })
})

test('fields of messages can be read, compared and tested', () => {
  assert.equal(made('Object.spec{a: 2}.a + 1'), 3)
  assert.equal(made('has(Object{a: 1}.a) && !has(Object{a: 1}.b)'), true)
  assert.equal(made('Object{a: 1} == Object{a: 1} && Object{a: 1} != Object{a: 2}'), true)
})

test('what is wrong with a message is shown at its place in what was written', () => {
  assert.equal(
    typeOf('Object{spec: Foo{a: 1}}'),
    "compilation failed: ERROR: <input>:1:17: undeclared reference to 'Foo' (in container '')\n | Object{spec: Foo{a: 1}}\n | ................^",
  )
  assert.equal(
    typeOf('[JSONPatch{op: 1}, JSONPatch{\n what: "a"}]'),
    [
      "compilation failed: ERROR: <input>:1:14: expected type of field 'op' is 'string' but provided type is 'int'\n | [JSONPatch{op: 1}, JSONPatch{\n | .............^",
      'ERROR: <input>:2:6: undefined field \'what\'\n |  what: "a"}]\n | .....^',
    ].join('\n'),
  )
  assert.match(typeOf('Object{a: Object.a{b: nothing}}'), /<input>:1:23: undeclared reference/)
  assert.match(typeOf('Object{"a": 1}'), /Syntax error/)
  assert.match(typeOf('Object{a: 1'), /Syntax error/)
  assert.match(typeOf('object.x(){a: 1}'), /Syntax error/)
  assert.match(typeOf('[??optional.of(1)]'), /Syntax error/)
})

test('only mutations know messages and what escapes keys', () => {
  const rule = (source: string) => compileRule(source, { variables: {} })
  assert.match(JSON.stringify(rule('Object{}')), /undeclared reference to 'Object'/)
  assert.match(JSON.stringify(rule('jsonpatch.escapeKey("a")')), /undeclared reference/)
})

test('a message costs what upstream counts', () => {
  const compiled = compile('Object{spec: Object.spec{a: object}}')
  assert.ok('evaluate' in compiled)
  assert.equal(compiled.evaluate({ object: 1n }).cost, 81)
})

test('long expressions are prepared in one pass', () => {
  const source = 'Object{a: ['.repeat(40_000)
  const started = process.cpuUsage()
  const { text, originalOf } = prepareSource(source)
  assert.equal(originalOf(text.length), source.length)
  assert.ok(process.cpuUsage(started).user < 2_000_000)
})
