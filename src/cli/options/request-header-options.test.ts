import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Command } from 'commander'
import { addRequestHeaderOptions, requestHeaderOf } from './request-header-options.ts'

const directory = mkdtempSync(join(tmpdir(), 'knarr-flags-'))
after(() => rmSync(directory, { recursive: true, force: true }))

/** What flags come to. */
function read(...flags: readonly string[]) {
  const command = addRequestHeaderOptions(new Command()).exitOverride()
  command.parse(flags, { from: 'user' })
  return requestHeaderOf(command.opts())
}

const file = join(directory, 'ca.pem')
const ca = ['--requestheader-client-ca-file', file]

test('without flags nobody is trusted, and other flags alone are a mistake', () => {
  assert.deepEqual(read(), {})
  assert.throws(() => read('--requestheader-allowed-names', 'a'), { code: 'BadFlags' })
})

test('a file needs a certificate', () => {
  writeFileSync(file, '-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n')
  assert.throws(() => read(...ca), {
    code: 'BadFlags',
    message: `unable to load bundle from "${file}": data does not contain any valid RSA or ECDSA certificates`,
  })
  assert.throws(() => read('--requestheader-client-ca-file', '/no/such'), { code: 'NoSuchFile' })
})

test('lists come with commas or by repeated flags; what is empty is refused', () => {
  const wrong = read.bind(undefined, ...ca, '--requestheader-group-headers')
  assert.throws(() => wrong('X-Group, '), {
    message: 'empty value in "requestheader-group-headers"',
  })
  assert.throws(() => read(...ca, '--requestheader-uid-headers', 'X-Uid'), {
    message: /without specifying the standard X-Remote-Uid header/,
  })
})
