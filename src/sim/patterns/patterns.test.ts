import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { compileGlob, globFits, lengthAt, prefixLength, suffixLength } from './glob.ts'
import { regularExpression } from './regular-expression.ts'
import { boundedSpend } from './work.ts'

const glob = (text: string) => compileGlob([{ text, quoted: false }])
const free = () => undefined
const costly = boundedSpend(() => new Error('too much'))

const fits: readonly (readonly [pattern: string, text: string, expected: boolean])[] = [
  ['', '', true],
  ['*', '', true],
  ['a*c', 'abbc', true],
  ['a*c', 'abbd', false],
  ['a?c', 'abc', true],
  ['[a-c]x', 'bx', true],
  ['[!a-c]x', 'bx', false],
  ['[^a-c]x', 'dx', true],
  ['[]x]', ']', true],
  ['[[:digit:]]*', '7a', true],
  ['[z-a]', 'b', false],
  ['[', '[', true],
  ['a\\*', 'a*', true],
  ['a\\*', 'ab', false],
  ['*a*b', 'xaxxb', true],
]

describe('a shell pattern', () => {
  for (const [pattern, text, expected] of fits) {
    test(`${pattern} ${expected ? 'fits' : 'does not fit'} "${text}"`, () => {
      assert.equal(globFits(glob(pattern), text, free), expected)
    })
  }

  test('fits the shortest and the longest beginning and end', () => {
    const both = (text: string, of: typeof prefixLength) =>
      (['shortest', 'longest'] as const).map((extent) =>
        of(glob('*a'), text, { extent, spend: free }),
      )
    assert.deepEqual(both('bababb', prefixLength), [2, 4])
    assert.deepEqual(both('bbaba', suffixLength), [1, 5])
    assert.equal(lengthAt(glob('b*a'), 'xbaba', 1, free), 4)
    assert.equal(prefixLength(glob('z'), 'abc', { extent: 'longest', spend: free }), undefined)
  })

  test('agrees with a regular expression on all texts', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 })
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 })
    fc.assert(
      fc.property(pattern, letters, (stars, text) => {
        const source = stars.replaceAll('*', '.*').replaceAll('?', '.')
        assert.equal(globFits(glob(stars), text, free), new RegExp(`^${source}$`).test(text))
      }),
    )
  })

  test('costs no more than its length times the text, or is refused', () => {
    const evil = glob(`${'*a'.repeat(30)}*b`)
    assert.equal(globFits(evil, 'a'.repeat(20_000), costly), false)
    assert.throws(() => {
      const far = glob(`*${'a'.repeat(5000)}b`)
      globFits(
        far,
        'a'.repeat(1_000_000),
        boundedSpend(() => new Error('too much')),
      )
    }, /too much/)
  })
})

const expressions: readonly (readonly [
  'extended' | 'basic',
  string,
  string,
  string | undefined,
])[] = [
  ['basic', 'a\\(b\\)*', 'xabb', 'abb'],
  ['basic', 'a+', 'aa+', 'a+'],
  ['extended', 'a+', 'aa+', 'aa'],
  ['extended', 'a|ab', 'ab', 'ab'],
  ['basic', 'x\\{2\\}', 'xxx', 'xx'],
  ['basic', '*a', 'x*a', '*a'],
  ['extended', 'a**', 'aaa', 'aaa'],
  ['extended', '[[:alpha:]_]+', '1a_b2', 'a_b'],
  ['extended', '[^[:space:]]+', '  ab ', 'ab'],
  ['extended', '[]]', 'a]', ']'],
  ['basic', '\\<b', 'ab b', 'b'],
  ['extended', '\\.', 'a.b', '.'],
]

describe('a regular expression', () => {
  for (const [syntax, source, text, expected] of expressions) {
    test(`${syntax} ${source} finds ${expected} in ${text}`, () => {
      const [first] = regularExpression(source, { syntax }).matches(text)
      assert.equal(first?.groups[0], expected)
    })
  }

  const refused: readonly (readonly [string, RegExp])[] = [
    ['\\(a\\)\\1', /back-references are not supported/],
    ['[b-a]', /Invalid range end/],
    ['[a', /Unmatched \[/],
    ['a\\', /Trailing backslash/],
    ['a'.repeat(5000), /Regular expression too big/],
  ]
  for (const [source, message] of refused) {
    test(`${source.slice(0, 10)} is refused by name`, () => {
      assert.throws(() => regularExpression(source, { syntax: 'basic' }), message)
    })
  }

  test('takes time in proportion to its text', () => {
    const evil = regularExpression('(a+)+b', { syntax: 'extended' })
    assert.equal(evil.test('a'.repeat(100_000)), false)
  })
})
