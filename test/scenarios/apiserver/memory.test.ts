import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ApiServer } from '#apiserver'
import { createHistory } from '#history'
import { send, startAttacked } from './hostile-fixture.ts'
import { maps } from './hostile-parts.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of objects and buffers that are reachable. */
function held(): number {
  for (let round = 0; round < 3; round++) collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

interface Holder {
  readonly name: string
  /** One of many requests, each of which once left more behind than it stored. */
  readonly request: (api: ApiServer, index: number) => Promise<unknown>
  readonly count: number
  /** What that many may leave behind, for what they store and what is remembered of them. */
  readonly mostMb: number
}

const text = 'x'.repeat(1_000)
const yaml = { 'content-type': 'application/yaml' }

function posted(api: ApiServer, body: string, headers = {}): Promise<number> {
  return send(api, { name: '', method: 'POST', target: maps, headers }, Buffer.from(body))
}

const holders: readonly Holder[] = [
  {
    name: 'a small object out of a large YAML document',
    count: 40,
    mostMb: 4,
    request: (api, index) => {
      const object = `kind: ConfigMap\nmetadata: {name: y${index}}\ndata: {a: ${text}}\n`
      return posted(api, `# ${'y'.repeat(1_000_000)}\n${object}`, yaml)
    },
  },
  {
    name: 'a refusal that quotes a large body',
    count: 30,
    mostMb: 4,
    request: (api, index) => posted(api, `{"metadata":{"name":"-${index}${'n'.repeat(500_000)}"}}`),
  },
  {
    name: 'a small object among many answers',
    count: 400,
    mostMb: 8,
    request: async (api, index) => {
      await posted(api, `{"metadata":{"name":"b${index}"},"data":{"a":"${text}"}}`)
      // What they take is given back, unless an object lies between them.
      for (let i = 0; i < 16; i++) Buffer.from('z'.repeat(4_000))
    },
  },
  {
    name: 'a path that nobody asks for twice',
    count: 2_000,
    mostMb: 6,
    request: (api, index) => {
      const target = `/api/v1/namespaces/${index}/${'p'.repeat(20_000)}`
      return send(api, { name: '', method: 'GET', target }, undefined)
    },
  },
]

describe('what is left in memory after', () => {
  for (const { name, request, count, mostMb } of holders) {
    test(name, async () => {
      const history = createHistory()
      await using api = await startAttacked({ history })
      for (let index = 0; index < 5; index++) await request(api, count + index)
      const before = held()
      for (let index = 0; index < count; index++) await request(api, index)
      const grownMb = (held() - before) / 1024 / 1024
      assert.ok(grownMb < mostMb, `${count} of them left ${grownMb.toFixed(1)} MB`)
      assert.ok(history.entries.length > 0)
    })
  }
})
