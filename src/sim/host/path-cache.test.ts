import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import { createDisk } from './memory-disk.ts'

const disk = () => createDisk(createVirtualClock())

test('what a path leads to is known again, and anew when a name has come or gone', () => {
  const { locate, write, unlink, place, make, ensureDirectory } = disk()
  write('/a/file', Buffer.from('one'))
  const first = locate('/a/file', true)
  assert.equal(locate('/a/file', true), first)
  assert.equal(locate('/a/other', true)?.node, undefined)
  write('/a/other', Buffer.from('two'))
  assert.equal(locate('/a/other', true)?.node?.kind, 'file')
  const directory = ensureDirectory('/b', 0o755)
  place('/link', make.link('/a'))
  assert.equal(locate('/link/file', true)?.node, first?.node)
  unlink('/link')
  place('/link', make.link('/b'))
  assert.equal(locate('/link/file', true)?.node, undefined)
  assert.equal(locate('/link', true)?.node, directory)
  assert.equal(locate('/link', false)?.node?.kind, 'link')
})

test('content that changes changes no place', () => {
  const { locate, write } = disk()
  write('/log', Buffer.from('one'))
  const first = locate('/log', true)
  write('/log', Buffer.from('longer'))
  assert.equal(locate('/log', true), first)
  assert.equal(first?.node?.kind === 'file' && first.node.sizeBytes, 6)
})

test('files in memory are gone with the power', () => {
  const { locate, write, ensureDirectory, losePower } = disk()
  ensureDirectory('/memory', 0o755).mount = { sizeBytes: undefined }
  write('/memory/file', Buffer.from('one'))
  write('/disk/file', Buffer.from('one'))
  assert.equal(locate('/memory/file', true)?.node?.kind, 'file')
  losePower()
  assert.equal(locate('/memory/file', true)?.node, undefined)
  assert.equal(locate('/disk/file', true)?.node?.kind, 'file')
})
