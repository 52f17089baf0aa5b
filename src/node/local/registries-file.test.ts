import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseRegistries, readRegistriesFile } from './registries-file.ts'

test('mirrors, prefixes, credentials and certificates are read, files beside the file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'knarr-registries-'))
  try {
    for (const name of ['ca.pem', 'c.pem', 'k.pem']) writeFileSync(join(directory, name), '')
    const path = join(directory, 'registries.yaml')
    writeFileSync(
      path,
      `
mirrors:
  docker.io:
    endpoint: [https://mirror.example:5000, http://127.0.0.1:5000]
    rewrite: { "^(.*)$": "hub/$1" }
  "*":
    endpoint: [https://mirror.example]
configs:
  mirror.example:5000:
    auth: { username: me, password: secret }
    tls: { ca_file: ca.pem, cert_file: ${join(directory, 'c.pem')}, key_file: k.pem }
  quay.io:
    auth: { identity_token: token }
    tls: { insecure_skip_verify: true }
`,
    )
    assert.deepEqual(readRegistriesFile(path), {
      mirrors: [
        {
          registry: 'docker.io',
          endpoints: ['https://mirror.example:5000', 'http://127.0.0.1:5000'],
          fallback: true,
          repositoryPrefix: 'hub',
        },
        { registry: '*', endpoints: ['https://mirror.example'], fallback: true },
      ],
      access: [
        {
          host: 'mirror.example:5000',
          auth: { username: 'me', password: 'secret' },
          tls: {
            caFile: join(directory, 'ca.pem'),
            certFile: join(directory, 'c.pem'),
            keyFile: join(directory, 'k.pem'),
          },
        },
        { host: 'quay.io', auth: { identityToken: 'token' }, tls: { insecureSkipVerify: true } },
      ],
    })
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('an empty file is no registries', () => {
  assert.deepEqual(parseRegistries('', '/r.yaml'), { mirrors: [], access: [] })
})

const refused: readonly (readonly [string, RegExp])[] = [
  ['mirrors: [', /\/r\.yaml: line 1: not YAML/],
  ['mirror: {}', /the file: an unknown field mirror \(known: mirrors, configs\)/],
  ['mirrors: { a.io: { endpoint: http://x } }', /mirrors\.a\.io\.endpoint: not a list of URLs/],
  ['mirrors: { a.io: { endpoint: [x.io] } }', /endpoint\[0\]: not an http or https URL/],
  ['mirrors: { a.io: { rewrite: { "^lib/(.*)": "x/$1" } } }', /not one prefix for all names/],
  ['configs: { a.io: { auth: { password: 12345 } } }', /auth\.password: not a text; quote it/],
  ['configs: { a.io: { tls: { insecure_skip_verify: 1 } } }', /neither true nor false/],
  ['configs: { a.io: { tls: { ca_file: nowhere.pem } } }', /there is no file \/nowhere\.pem/],
  ['configs: { a.io: { tls: { key_file: k } } }', /cert_file and key_file go together/],
  ['configs: []', /configs: not a map/],
]
for (const [content, message] of refused) {
  test(`refuses ${content}`, () => {
    assert.throws(() => parseRegistries(content, '/r.yaml'), { message })
  })
}

test('no refusal tells a secret', () => {
  for (const content of [
    'configs: { a.io: { auth: { password: hunter2, pass: x } } }',
    'configs:\n  a.io:\n    auth: { password: hunter2',
    'configs: { a.io: { auth: hunter2 } }',
  ]) {
    assert.throws(
      () => parseRegistries(content, '/r.yaml'),
      (error: Error) => !JSON.stringify([error.message, error]).includes('hunter2'),
    )
  }
})
