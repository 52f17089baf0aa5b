import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { systemClock, systemRandom } from '#lib'
import { storeConformance } from '../conformance.ts'
import { createEtcdStore } from './etcd-store.ts'

const version = spawnSync('etcd', ['--version'], { encoding: 'utf8' })
const skip = version.error
  ? 'there is no etcd on this machine (apt-get install etcd-server)'
  : undefined

let endpoint = ''
let roots = 0

describe('against a real etcd', { skip: skip ?? false }, () => {
  let etcd: ChildProcess | undefined
  let directory = ''

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'knarr-etcd-'))
    endpoint = `127.0.0.1:${await freePort()}`
    etcd = startEtcd(directory, endpoint, await freePort())
    const store = createEtcdStore({
      endpoints: [endpoint],
      clock: systemClock,
      random: systemRandom,
    })
    await answering(() => store.currentRevision())
    await store[Symbol.asyncDispose]()
  })
  after(async () => {
    etcd?.kill('SIGKILL')
    await new Promise((resolve) => (etcd ? etcd.once('close', resolve) : resolve(undefined)))
    await rm(directory, { recursive: true })
  })

  storeConformance(
    'etcd',
    async () => {
      const root = `/test-${roots++}/`
      const open = () => {
        const store = createEtcdStore({
          endpoints: [endpoint],
          clock: systemClock,
          random: systemRandom,
          root,
        })
        return {
          store,
          wallMs: systemClock.wallMs,
          pass: (ms: number) => systemClock.sleep(ms),
          async reopen() {
            await store[Symbol.asyncDispose]()
            return open()
          },
          [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
        }
      }
      return open()
    },
    { skip, runs: 25 },
  )

  test('reports an etcd that does not answer', async () => {
    const nobody = `127.0.0.1:${await freePort()}`
    await using store = createEtcdStore({
      endpoints: [nobody],
      clock: systemClock,
      random: systemRandom,
    })
    const unavailable = { code: 'StoreUnavailable' }
    await assert.rejects(store.range({ prefix: '' }), unavailable)
    await assert.rejects(store.commit([], [{ kind: 'delete', key: 'a' }]), unavailable)
    const watch = store.watch('', 1, new AbortController().signal)
    await assert.rejects(Array.fromAsync(watch), unavailable)
  })

  test('reads from another member when one does not answer', async () => {
    const nobody = `127.0.0.1:${await freePort()}`
    const endpoints = [nobody, endpoint]
    await using store = createEtcdStore({ endpoints, clock: systemClock, random: systemRandom })
    assert.ok((await store.currentRevision()) >= 1)
  })
})

function startEtcd(directory: string, client: string, peerPort: number): ChildProcess {
  const peer = `http://127.0.0.1:${peerPort}`
  const flags = {
    name: 'test',
    'data-dir': directory,
    'listen-client-urls': `http://${client}`,
    'advertise-client-urls': `http://${client}`,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `test=${peer}`,
    'log-level': 'error',
  }
  return spawn(
    'etcd',
    Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    { stdio: 'ignore', env: { ...process.env, ETCD_UNSUPPORTED_ARCH: process.arch } },
  )
}

async function answering(question: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return void (await question())
    } catch (error) {
      if (attempt === 100) throw error
      await systemClock.sleep(100)
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  await new Promise((resolve) => server.close(resolve))
  return address.port
}
