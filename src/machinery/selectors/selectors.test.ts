import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exactField, matchesFields, parseFieldSelector } from './field-selector.ts'
import {
  formatLabelSelector,
  formatSelector,
  isEverything,
  matchesLabels,
  nothing,
  selectorFromMap,
  selectorFromObject,
} from './label-selector.ts'
import { parseLabelSelector } from './parse-labels.ts'

const labels = { app: 'web', tier: 'front', size: '3', empty: '' }

const matching: readonly [string, boolean, string?][] = [
  ['', true],
  ['app=web', true],
  [' app == web ', true, 'app==web'],
  ['app!=web', false],
  ['other!=web', true],
  ['app=web,tier=back', false],
  ['tier in (back,front)', true],
  ['tier in (x,)', false, 'tier in (,x)'],
  ['empty in ()', true],
  ['empty in (,)', true, 'empty in ()'],
  ['empty=', true],
  ['tier notin (back)', true],
  ['other notin (back)', true],
  ['app', true],
  ['other', false],
  ['!other', true],
  ['!app', false],
  ['size>2', true],
  ['size<3', false],
  ['app>2', false],
  ['other>2', false],
  ['x in (in,notin)', false],
  ['in in (notin)', false],
  ['example.com/a=b', false],
  ['tier,app', true, 'app,tier'],
]

for (const [text, want, canonical = text] of matching) {
  test(`the selector "${text}" ${want ? 'matches' : 'does not match'}`, () => {
    const selector = parseLabelSelector(text)
    assert.equal(matchesLabels(selector, labels), want)
    assert.equal(formatSelector(selector), canonical)
    assert.deepEqual(parseLabelSelector(formatSelector(selector)), selector)
  })
}

const label =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const unreadable: readonly [string, string][] = [
  ['=a', "found '=', expected: !, identifier, or 'end of string'"],
  ['a,', "found '', expected: identifier after ','"],
  ['a,,b', "found ',', expected: identifier after ','"],
  ['a=b c', "found 'c', expected: ',' or 'end of string'"],
  ['!', "unable to parse requirement: found '', expected: identifier"],
  ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['a in b', "unable to parse requirement: found 'b' expected: '('"],
  ['a in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
  ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['a==!b', "unable to parse requirement: found '!', expected: identifier"],
  ['a_=b', `unable to parse requirement: <nil>: Invalid value: "a_": ${label}`],
  [
    'a>b',
    "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
  ],
]

for (const [text, want] of unreadable) {
  test(`the selector "${text}" is refused`, () => {
    assert.throws(() => parseLabelSelector(text), { message: want })
  })
}

test('an absent LabelSelector selects nothing, an empty one everything', () => {
  assert.equal(matchesLabels(selectorFromObject(undefined), labels), false)
  assert.equal(matchesLabels(selectorFromObject(null), labels), false)
  assert.equal(matchesLabels(selectorFromObject({}), labels), true)
  assert.equal(matchesLabels(selectorFromObject({}), undefined), true)
  assert.ok(isEverything(selectorFromMap(undefined)))
  assert.equal(isEverything(nothing), false)
})

test('a LabelSelector is the conjunction of its labels and expressions', () => {
  const object = {
    matchLabels: { app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['front', 'back'] },
      { key: 'other', operator: 'DoesNotExist' },
    ],
  }
  const selector = selectorFromObject(object)
  assert.equal(formatSelector(selector), 'app=web,!other,tier in (back,front)')
  assert.equal(matchesLabels(selector, labels), true)
  assert.equal(matchesLabels(selector, { app: 'web' }), false)
  assert.equal(formatLabelSelector({}), '<none>')
  const bad = { matchExpressions: [{ key: 'a', operator: 'Near' }] }
  assert.throws(() => selectorFromObject(bad), {
    message: '"Near" is not a valid label selector operator',
  })
  assert.equal(formatLabelSelector(bad), '<error>')
})

test('labels named like members of Object are only labels', () => {
  assert.equal(matchesLabels(parseLabelSelector('constructor'), {}), false)
  assert.equal(matchesLabels(parseLabelSelector('!toString'), {}), true)
  assert.throws(() => parseLabelSelector('a toString b'), /expected: in, notin/)
})

test('any set of exact values survives formatting and parsing', () => {
  const word = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,8}[a-z0-9])?$/)
  fc.assert(
    fc.property(fc.dictionary(word, word), (map) => {
      const selector = selectorFromMap(map)
      assert.deepEqual(parseLabelSelector(formatSelector(selector)), selector)
      assert.ok(matchesLabels(selector, map))
    }),
  )
})

const fields: Readonly<Record<string, string>> = { 'metadata.name': 'a', 'spec.nodeName': '' }

test('field selectors match, escape, and pin exact values', () => {
  const table = [
    ['', true],
    ['metadata.name=a', true],
    ['metadata.name==a,spec.nodeName=', true],
    ['metadata.name!=a', false],
    ['spec.nodeName!=', false],
    ['status.phase=', true],
    [',metadata.name=a,', true],
  ] as const
  for (const [text, want] of table) {
    assert.equal(
      matchesFields(parseFieldSelector(text), (field) => fields[field]),
      want,
      text,
    )
  }
  assert.deepEqual(parseFieldSelector('a=x\\,y\\=z\\\\'), [
    { field: 'a', operator: '=', value: 'x,y=z\\' },
  ])
  assert.equal(exactField(parseFieldSelector('b!=2,a=1'), 'a'), '1')
  assert.equal(exactField(parseFieldSelector('b!=2,a=1'), 'b'), undefined)
  assert.equal(exactField(parseFieldSelector('a=x\\,y'), 'a'), 'x,y')
})

test('unreadable field selectors are refused', () => {
  for (const text of ['a', 'a=b=c', 'a=b\\', 'a=b\\x']) {
    assert.throws(() => parseFieldSelector(text), {
      message: `invalid selector: '${text}'; can't understand '${text}'`,
    })
  }
})

test('any field value survives escaping', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const [term] = parseFieldSelector(`f=${value.replace(/[\\,=]/g, '\\$&')}`)
      assert.equal(term?.value, value)
    }),
  )
})
