import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkOptions, type SimulateOptions } from './options.ts'

const refused: readonly (readonly [SimulateOptions, RegExp])[] = [
  [{ nodes: -1 }, /^nodes: -1; it is a whole number/],
  [{ nodes: 1.5 }, /^nodes: 1\.5; /],
  [{ nodes: [{ name: 'a' }, { name: 'a' }] }, /^nodes: a is there twice/],
  [{ nodes: [{ name: 'Bad_Name' }] }, /^nodes: Bad_Name: a lowercase RFC 1123 subdomain must/],
  [{ start: new Date('soon') }, /^start: an invalid date/],
  [{ historyLimit: 0 }, /^historyLimit: 0; it is a whole number, at least 1/],
  [{ start: 'now' as never }, /^start: an invalid date/],
  [{ start: new Date(8.64e15) }, /^start: an invalid date/],
  [{ nodez: 3 } as never, /^nodez: there is no such option/],
  [{ nodes: '3' as never }, /^nodes: 3; it is a whole number/],
  [{ nodes: [{} as never] }, /^nodes: undefined: a lowercase/],
  [{ nodes: [{ name: 'a', cpus: -1 }] }, /^nodes: a: -1 is no size of a machine/],
  [{ nodes: [{ name: 'a', memoryBytes: Number.NaN }] }, /^nodes: a: NaN is no size/],
  [{ seed: Number.NaN }, /^seed: NaN; it is a number or a text/],
  [{ behaviours: {} as never }, /^behaviours: it is the text of a behaviour file/],
  [{ from: 'file' as never }, /^from: it is the bytes of a snapshot/],
  [{ guard: 'on' as never }, /^guard: on; there are off, ambient, strict/],
]

for (const [options, message] of refused) {
  test(`simulate() refuses ${JSON.stringify(options)}`, () => {
    assert.throws(() => checkOptions(options), { code: 'BadOption', message })
  })
}

test('simulate() takes no nodes at all, and named ones', () => {
  checkOptions({})
  checkOptions({ nodes: 0 })
  checkOptions({ nodes: [{ name: 'a' }, { name: 'b.example' }], guard: 'strict', historyLimit: 1 })
})
