import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { createVirtualClock, silentLogger } from '#lib'
import { createMemoryStore, openDurableStore, type Store } from '#store'
import { storeConformance } from '../../store/conformance.ts'
import { startTestServer, type TestServer } from '../server-fixture.ts'
import { encryptedStore } from './encrypted-store.ts'
import { createEncryption, type Encryption } from './encryption.ts'

const key = (letter: string) => Buffer.alloc(32, letter).toString('base64')

/** Providers as they stand in a file: `aesgcm old`, with the name of the key, or `identity`. */
function configuration(resources: string, ...providers: readonly string[]): string {
  const texts = providers.map((each) => {
    const [provider = '', name = ''] = each.split(' ')
    if (provider === 'identity') return '{identity: {}}'
    return `{${provider}: {keys: [{name: ${name}, secret: ${key(name.charAt(0))}}]}}`
  })
  return `
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [${resources}]
  providers: [${texts.join(', ')}]
`
}

const encryption = (resources: string, ...providers: readonly string[]) =>
  createEncryption(configuration(resources, ...providers))

for (const provider of ['secretbox a', 'aesgcm a', 'aescbc a', 'identity']) {
  storeConformance(
    `encrypted by ${provider}`,
    async () => {
      const clock = createVirtualClock()
      const inner = createMemoryStore({ clock })
      // Written through one, read through the other: nothing is remembered between them.
      const how = encryption('"*.*"', provider)
      return subject(encryptedStore(withoutMemory(inner), how, silentLogger), clock)
    },
    { runs: 20 },
  )
}

function subject(store: Store, clock: ReturnType<typeof createVirtualClock>) {
  return {
    store,
    wallMs: clock.wallMs,
    pass: (ms: number) => clock.advance(ms),
    async reopen() {
      return subject(store, clock)
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

/** The store holds bytes alone, as one does that is read from files. */
function withoutMemory(store: Store): Store {
  return {
    ...store,
    commit: (guards, writes) =>
      store.commit(
        guards,
        writes.map((write) =>
          write.kind === 'put' ? { ...write, value: { bytes: write.value.bytes } } : write,
        ),
      ),
  }
}

const secret = (name: string, text: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData: { password: text },
})

const secrets = '/api/v1/namespaces/default/secrets'

/** A server over a store on disk, which the next one finds as this one has left it. */
async function serve(
  directory: string,
  how: Encryption | undefined,
  body: (server: TestServer, store: Store) => Promise<void>,
): Promise<void> {
  await using store = await openDurableStore({ directory, clock: createVirtualClock() })
  await using server = await startTestServer({ store, ...(how && { encryption: how }) })
  await body(server, store)
}

async function scratch(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'knarr-encryption-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

async function filesHold(directory: string, text: string): Promise<boolean> {
  const names = await readdir(directory)
  const contents = await Promise.all(names.map((name) => readFile(join(directory, name))))
  return contents.some((content) => content.includes(text))
}

describe('Secrets at rest', () => {
  test('leave no plain text in the files of the store, and are read again from them', async (t) => {
    const directory = await scratch(t)
    const word = 'correct-horse-battery'
    const coded = Buffer.from(word).toString('base64')
    await serve(directory, encryption('secrets', 'secretbox a', 'identity'), async ({ send }) => {
      assert.equal((await send('POST', secrets, secret('s', word))).status, 201)
      const map = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'm' },
        data: { a: 'plainly' },
      }
      assert.equal((await send('POST', '/api/v1/namespaces/default/configmaps', map)).status, 201)
      await send(
        'PATCH',
        `${secrets}/s`,
        { metadata: { labels: { a: 'b' } } },
        {
          'content-type': 'application/merge-patch+json',
        },
      )
    })
    assert.equal(await filesHold(directory, 'plainly'), true, 'what nobody seals can be found')
    assert.equal(await filesHold(directory, coded), false)
    assert.equal(await filesHold(directory, word), false)
    assert.equal(await filesHold(directory, 'k8s:enc:secretbox:v1:a:'), true)
    await serve(directory, encryption('secrets', 'secretbox a'), async ({ send }) => {
      const { body } = await send('GET', `${secrets}/s`)
      assert.deepEqual([body.data.password, body.metadata.labels], [coded, { a: 'b' }])
    })
  })

  test('of a store without encryption stay readable, and are sealed by the next write', async (t) => {
    const directory = await scratch(t)
    await serve(directory, undefined, async ({ send }) => {
      await send('POST', secrets, secret('old', 'unsealed-word'))
    })
    await serve(
      directory,
      encryption('secrets', 'aesgcm a', 'identity'),
      async ({ send }, store) => {
        const { body } = await send('GET', `${secrets}/old`)
        const replaced = await send('PUT', `${secrets}/old`, body)
        assert.notEqual(replaced.body.metadata.resourceVersion, body.metadata.resourceVersion)
        const stored = await store.get('/registry/core/secrets/default/old')
        assert.match(Buffer.from(stored?.value.bytes ?? '').toString(), /^k8s:enc:aesgcm:v1:a:/)
        const again = await send('PUT', `${secrets}/old`, replaced.body)
        assert.equal(again.body.metadata.resourceVersion, replaced.body.metadata.resourceVersion)
      },
    )
  })

  test('are sealed by the new key once they are replaced as they are', async () => {
    const how = encryption('secrets', 'aescbc old')
    await using server = await startTestServer({ encryption: how })
    const { send, store } = server
    for (const name of ['a', 'b']) await send('POST', secrets, secret(name, name))
    const formOf = async (name: string) => {
      const stored = await store.get(`/registry/core/secrets/default/${name}`)
      return Buffer.from(stored?.value.bytes ?? '')
        .toString('latin1')
        .split(':')
        .slice(0, 5)
        .join(':')
    }
    how.replace(configuration('secrets', 'aescbc new', 'aescbc old'))
    assert.equal(await formOf('a'), 'k8s:enc:aescbc:v1:old')
    const { body } = await send('GET', secrets)
    for (const item of body.items) {
      const whole = { apiVersion: 'v1', kind: 'Secret', ...item }
      assert.equal((await send('PUT', `${secrets}/${item.metadata.name}`, whole)).status, 200)
    }
    assert.deepEqual([await formOf('a'), await formOf('b')], Array(2).fill('k8s:enc:aescbc:v1:new'))
    how.replace(configuration('secrets', 'aescbc new'))
    assert.equal((await send('GET', secrets)).body.items.length, 2)
  })

  test('whose key is not known are refused with the cause, and nothing else is', async (t) => {
    const directory = await scratch(t)
    await serve(directory, encryption('secrets', 'aesgcm a'), async ({ send }) => {
      await send('POST', secrets, secret('s', 'x'))
    })
    const how = encryption('secrets', 'aesgcm other', 'identity')
    await serve(directory, how, async ({ send, watch }) => {
      const cause = 'no matching key was found for the provided AES transformer'
      const asked = await send('GET', `${secrets}/s`)
      assert.deepEqual(
        [asked.status, asked.body.reason, asked.body.message],
        [500, 'InternalError', `Internal error occurred: ${cause}`],
      )
      const listed = await send('GET', '/api/v1/secrets')
      assert.equal(
        listed.body.message,
        `Internal error occurred: unable to transform key "/registry/core/secrets/default/s": ${cause}`,
      )
      assert.equal((await send('GET', '/api/v1/namespaces/kube-system/secrets')).status, 200)
      assert.equal((await send('DELETE', `${secrets}/s`)).status, 500)
      assert.equal((await send('POST', secrets, secret('s', 'y'))).body.reason, 'AlreadyExists')
      assert.equal((await send('GET', '/api/v1/namespaces')).status, 200)
      await assert.rejects(watch('/api/v1/secrets?watch=true'))
      how.replace(configuration('secrets', 'aesgcm other', 'aesgcm a'))
      assert.equal((await send('GET', '/api/v1/secrets')).body.items.length, 1)
      const watched = await watch('/api/v1/secrets?watch=true')
      await send('DELETE', `${secrets}/s`)
      await someTurns()
      assert.deepEqual(
        watched.lines.map((line) => line.split('@')[0]),
        ['ADDED s', 'DELETED s'],
      )
    })
  })

  test('that arrive sealed by an unknown key end the watches of their kind', async () => {
    const clock = createVirtualClock()
    await using store = createMemoryStore({ clock })
    await using here = await startTestServer({
      store,
      encryption: encryption('secrets', 'aesgcm a'),
    })
    await using other = await startTestServer({
      store: withoutMemory(store),
      encryption: encryption('secrets', 'aesgcm b'),
    })
    const watched = await here.watch('/api/v1/secrets?watch=true')
    await other.send('POST', secrets, secret('s', 'x'))
    await someTurns()
    assert.deepEqual([watched.ended, watched.lines], [true, []])
    assert.equal((await here.send('GET', `${secrets}/s`)).status, 500)
    await other.send('DELETE', `${secrets}/s`)
    await someTurns()
    assert.equal((await here.send('GET', `${secrets}/s`)).status, 404)
    assert.deepEqual((await here.send('GET', '/api/v1/secrets')).body.items, [])
  })

  test('of a server that is told of no encryption are not shown as they stand', async (t) => {
    const directory = await scratch(t)
    await serve(directory, encryption('secrets', 'aesgcm a'), async ({ send }) => {
      await send('POST', secrets, secret('s', 'x'))
    })
    await serve(directory, undefined, async ({ send }) => {
      const { status, body } = await send('GET', `${secrets}/s`)
      const cause = 'identity transformer tried to read encrypted data'
      assert.deepEqual([status, body.message], [500, `Internal error occurred: ${cause}`])
    })
  })
})

/** Lets the caches of a server take in what another has written. */
async function someTurns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}
