import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as field from './field-errors.ts'
import { fieldPath } from './field-path.ts'

test('paths read as upstream writes them', () => {
  const spec = fieldPath('spec')
  const table = [
    [spec, 'spec'],
    [spec.child('containers').index(0).child('name'), 'spec.containers[0].name'],
    [fieldPath('metadata', 'labels').key('foo.bar/baz'), 'metadata.labels[foo.bar/baz]'],
    [spec.child('a', 'b'), 'spec.a.b'],
    [fieldPath().index(1), '[1]'],
    [fieldPath(), '<nil>'],
  ] as const
  for (const [path, want] of table) assert.equal(`${path}`, want)
})

const at = fieldPath('spec', 'x')
const table: readonly [field.FieldError, string][] = [
  [field.requiredField(at), 'spec.x: Required value'],
  [field.requiredField(at, 'say it'), 'spec.x: Required value: say it'],
  [field.invalidField(at, 'a"b', 'must be c'), 'spec.x: Invalid value: "a\\"b": must be c'],
  [field.invalidField(at, 3, 'must be 4'), 'spec.x: Invalid value: 3: must be 4'],
  [field.invalidField(at, 123456789, ''), 'spec.x: Invalid value: 123456789'],
  [field.invalidField(at, 1234567.5, ''), 'spec.x: Invalid value: 1.2345675e+06'],
  [field.invalidField(at, 0.00001, ''), 'spec.x: Invalid value: 1e-05'],
  [field.invalidField(at, -1.5, ''), 'spec.x: Invalid value: -1.5'],
  [field.invalidField(at, 1e20, ''), 'spec.x: Invalid value: 1e+20'],
  [field.invalidField(at, true, ''), 'spec.x: Invalid value: true'],
  [field.invalidField(at, null, ''), 'spec.x: Invalid value: null'],
  [field.invalidField(at, undefined, ''), 'spec.x: Invalid value: null'],
  [
    field.invalidField(at, { b: 1, a: ['<'] }, ''),
    'spec.x: Invalid value: {"a":["\\u003c"],"b":1}',
  ],
  [field.duplicateField(at, 'x'), 'spec.x: Duplicate value: "x"'],
  [field.forbiddenField(at, 'not here'), 'spec.x: Forbidden: not here'],
  [field.notFoundField(at, 'x'), 'spec.x: Not found: "x"'],
  [
    field.notSupportedField(at, 'x', ['A', 'B']),
    'spec.x: Unsupported value: "x": supported values: "A", "B"',
  ],
  [field.notSupportedField(at, 'x', []), 'spec.x: Unsupported value: "x"'],
  [field.tooLongField(at, 63), 'spec.x: Too long: may not be more than 63 bytes'],
  [field.tooLongField(at, 1), 'spec.x: Too long: may not be more than 1 byte'],
  [field.tooManyField(at, 5, 4), 'spec.x: Too many: 5: must have at most 4 items'],
]

for (const [error, want] of table) {
  test(`a field error reads: ${want}`, () => {
    assert.equal(field.fieldErrorMessage(error), want)
    assert.equal(`spec.x: ${field.fieldErrorBody(error)}`, want)
  })
}

test('repeated messages count once in an aggregate', () => {
  const one = field.requiredField(at)
  assert.equal(field.aggregateMessage([one, one]), 'spec.x: Required value')
  assert.equal(
    field.aggregateMessage([one, field.duplicateField(at, 1)]),
    '[spec.x: Required value, spec.x: Duplicate value: 1]',
  )
})
