import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ApiResponseBody, encodeJson } from '#machinery'
import { longListBody, yamlOf } from './long-list.ts'
import type { AnswerForm } from './plain-json.ts'

function textOf(body: ApiResponseBody): string {
  assert(body.kind === 'pieces')
  return Buffer.concat([...body.pieces]).toString()
}

const head = { kind: 'WidgetList', apiVersion: 'v1', metadata: { resourceVersion: '7' } }
const lists: Readonly<Record<string, readonly unknown[]>> = {
  'without elements': [],
  'with one': [{ kind: 'Widget', spec: { text: 'a\nb', list: [], empty: {} } }],
  'with two': [
    { name: 'on', big: 9223372036854775807n },
    { name: '2024-01-01', lines: 'x: |\n  y\n\n  z\n' },
  ],
}

describe('a list that is encoded element by element', () => {
  for (const [name, items] of Object.entries(lists)) {
    const long = { head, member: 'items', elements: items }
    const written = (form: Partial<AnswerForm>) =>
      textOf(longListBody({ encoding: 'json', as: 'object', pretty: false, ...form }, long))

    test(`${name} is the list encoded at once`, () => {
      const whole = { ...head, items }
      assert.equal(written({}), `${encodeJson(whole)}\n`)
      assert.equal(written({ pretty: true }), encodeJson(whole, 2))
      assert.equal(written({ encoding: 'yaml' }), yamlOf(whole))
    })
  }

  test('asks for an element when the piece before it is taken', () => {
    const asked: number[] = []
    function* elements() {
      for (let index = 0; index < 3; index++) {
        asked.push(index)
        yield { index }
      }
    }
    const form = { encoding: 'json', as: 'table', pretty: false } as const
    const body = longListBody(form, { head, member: 'rows', elements: elements() })
    assert(body.kind === 'pieces')
    const pieces = body.pieces[Symbol.iterator]()
    pieces.next()
    assert.deepEqual(asked, [])
    pieces.next()
    assert.deepEqual(asked, [0])
  })
})
