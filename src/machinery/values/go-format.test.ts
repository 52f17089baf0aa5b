import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goJson, goList, goQuote, goStringSlice, goUnicode } from './go-format.ts'

test('strings are quoted as Go quotes them', () => {
  const table = [
    ['plain', '"plain"'],
    ['', '""'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['tab\tline\nbell\u0007', '"tab\\tline\\nbell\\a"'],
    ['\u0001\u007f', '"\\x01\\x7f"'],
    ['\u00e9\u4e16', '"\u00e9\u4e16"'],
    ['\u00a0\u200b', '"\\u00a0\\u200b"'],
    ['\u{1F600}', '"\u{1F600}"'],
  ] as const
  for (const [given, want] of table) assert.equal(goQuote(given), want)
})

test('lists, slices, characters and JSON have their Go forms', () => {
  assert.equal(goStringSlice(['a', 'b']), '[]string{"a", "b"}')
  assert.equal(goList(['a', 'b']), '[a b]')
  assert.equal(goUnicode('\n'), 'U+000A')
  assert.equal(goUnicode('A'), "U+0041 'A'")
  assert.equal(goJson({ b: 1, a: '<x>' }), '{"a":"\\u003cx\\u003e","b":1}')
  assert.equal(goJson(undefined), 'null')
})
