import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { requireSimulatedStore, type StoreFlags, toStoreChoice } from './store-options.ts'

const file = fileURLToPath(import.meta.url)
const plain = 'http://10.0.0.1:2379'
const secure = 'https://10.0.0.1:2379'

test('objects are kept in LevelDB unless another store is chosen', () => {
  assert.deepEqual(toStoreChoice({}), { kind: 'leveldb' })
  assert.deepEqual(toStoreChoice({ store: 'memory' }), { kind: 'memory' })
})

test('etcd is named by its members, and its TLS files by their paths', () => {
  assert.deepEqual(toStoreChoice({ store: 'etcd', etcdServers: `${plain},http://b:2379` }), {
    kind: 'etcd',
    servers: [plain, 'http://b:2379'],
  })
  const files = { etcdCafile: file, etcdCertfile: file, etcdKeyfile: file }
  assert.deepEqual(toStoreChoice({ store: 'etcd', etcdServers: secure, ...files }), {
    kind: 'etcd',
    servers: [secure],
    caFile: file,
    certFile: file,
    keyFile: file,
  })
})

const refused: readonly (readonly [name: string, flags: StoreFlags, code: string, text: RegExp])[] =
  [
    ['members without etcd', { etcdServers: plain }, 'StoreMismatch', /--etcd-servers .* leveldb/],
    [
      'a file without etcd',
      { store: 'memory', etcdCafile: file },
      'StoreMismatch',
      /--etcd-cafile/,
    ],
    ['etcd without members', { store: 'etcd' }, 'NoEtcdServers', /needs to know/],
    [
      'no address',
      { store: 'etcd', etcdServers: '10.0.0.1:2379' },
      'BadEtcdServers',
      /10\.0\.0\.1/,
    ],
    ['a path', { store: 'etcd', etcdServers: `${plain}/v3` }, 'BadEtcdServers', /v3/],
    ['two schemes', { store: 'etcd', etcdServers: `${plain},${secure}` }, 'BadEtcdServers', /some/],
    [
      'TLS files and http',
      { store: 'etcd', etcdServers: plain, etcdCafile: file },
      'EtcdWithoutTls',
      /http/,
    ],
    [
      'a certificate without its key',
      { store: 'etcd', etcdServers: secure, etcdCertfile: file },
      'EtcdKeyPair',
      /belong together/,
    ],
    [
      'a file that is not there',
      { store: 'etcd', etcdServers: secure, etcdCafile: '/nowhere/ca.pem' },
      'NoSuchFile',
      /\/nowhere\/ca\.pem/,
    ],
  ]

for (const [name, flags, code, message] of refused) {
  test(`is refused: ${name}`, () => {
    assert.throws(() => toStoreChoice(flags), { name: 'KnarrError', code, message })
  })
}

test('a simulation keeps its objects in memory, and refuses other stores by name', () => {
  requireSimulatedStore({})
  requireSimulatedStore({ store: 'memory' })
  for (const [flags, message] of [
    [{ store: 'etcd', etcdServers: plain }, /no --store etcd/],
    [{ store: 'leveldb' }, /no --store leveldb/],
    [{ etcdKeyfile: file }, /no --etcd-keyfile/],
  ] as const) {
    assert.throws(() => requireSimulatedStore(flags), { code: 'SimulatedStore', message })
  }
})
