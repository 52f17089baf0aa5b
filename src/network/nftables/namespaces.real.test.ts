import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type NodeCommands, nodeCommands } from './command.ts'
import { cutOff, joinAgain } from './cut-off.ts'
import {
  ensureNamespaceNodes,
  removeNamespaceNodes,
  setNodeLink,
  setPodRoutes,
  staleRoutes,
} from './namespaces.ts'

const signal = new AbortController().signal
const skip = process.getuid?.() === 0 ? false : 'needs root'
const prefix = `kn${process.pid % 10_000}`
const root = nodeCommands()
const ip = (...args: readonly string[]) => root.run('ip', args, { signal })

/** A port where nobody listens refuses at once, if its machine is there at all. */
async function isReached(from: NodeCommands, address: string): Promise<boolean> {
  const script = `timeout 1 bash -c '</dev/tcp/${address}/9' 2>&1 || true`
  return (await from.run('sh', ['-c', script], { signal })).includes('Connection refused')
}

test('nodes reach one another, each has routes to the pods of the others, and all goes', {
  skip,
}, async () => {
  const podCidrs = [['10.199.1.0/24'], ['10.199.2.0/24']]
  const options = { prefix, podCidrs, network: '172.29.199' }
  try {
    const [first, second] = await ensureNamespaceNodes(options, signal)
    assert.ok(first && second)
    assert.equal(second.ip, '172.29.199.2')
    assert.equal(await isReached(nodeCommands(first.netns), second.ip), true)
    await ip('-n', second.name, 'addr', 'add', '10.199.2.1/32', 'dev', 'lo')
    assert.equal(await isReached(root, '10.199.2.1'), true)
    await setNodeLink(second, 'down', signal)
    assert.equal(await isReached(nodeCommands(first.netns), second.ip), false)
    await setNodeLink(second, 'up', signal)
    assert.equal(await isReached(nodeCommands(first.netns), second.ip), true)
    await setPodRoutes(root, { dev: `${prefix}-br`, to: [] }, signal)
    assert.equal(await ip('route', 'show', 'dev', `${prefix}-br`, 'proto', '196'), '')
  } finally {
    await removeNamespaceNodes(prefix, signal)
  }
  assert.equal((await ip('netns', 'list')).includes(prefix), false)
  assert.equal((await ip('-o', 'link', 'show')).includes(prefix), false)
})

test('nodes that are there stay as they are, more can come, and those too many go', {
  skip,
}, async () => {
  const ensure = (...podCidrs: readonly string[]) =>
    ensureNamespaceNodes(
      { prefix, podCidrs: podCidrs.map((each) => [each]), network: '172.29.199' },
      signal,
    )
  try {
    const [first] = await ensure('10.199.1.0/24')
    assert.ok(first)
    await ip('-n', first.name, 'addr', 'add', '10.199.1.1/32', 'dev', 'lo')
    const [, second] = await ensure('10.199.1.0/24', '10.199.2.0/24')
    assert.ok(second)
    assert.equal(await isReached(root, '10.199.1.1'), true)
    assert.equal(await isReached(nodeCommands(second.netns), '10.199.1.1'), true)
    await ensure('10.199.1.0/24')
    assert.equal((await ip('netns', 'list')).includes(second.name), false)
    assert.equal(await isReached(root, '10.199.1.1'), true)
  } finally {
    await removeNamespaceNodes(prefix, signal)
  }
})

test('a node that is cut off is reached from its own machine alone', { skip }, async () => {
  const podCidrs = [['10.199.1.0/24'], ['10.199.2.0/24']]
  try {
    const [first, second] = await ensureNamespaceNodes(
      { prefix, podCidrs, network: '172.29.199' },
      signal,
    )
    assert.ok(first && second)
    await cutOff(second.netns, ['172.29.199.254'], signal)
    await cutOff(second.netns, ['172.29.199.254'], signal)
    assert.equal(await isReached(nodeCommands(first.netns), second.ip), false)
    assert.equal(await isReached(nodeCommands(second.netns), '172.29.199.254'), false)
    assert.equal(await isReached(root, second.ip), true)
    await joinAgain(second.netns, signal)
    assert.equal(await isReached(nodeCommands(first.netns), second.ip), true)
    assert.equal(await isReached(nodeCommands(second.netns), '172.29.199.254'), true)
  } finally {
    await removeNamespaceNodes(prefix, signal)
  }
})

test('only routes that are no longer wanted are stale', () => {
  const listing = '10.1.0.0/24 via 172.30.0.1 dev br \n10.2.0.0/24 via 172.30.0.2 dev br \n'
  assert.deepEqual(staleRoutes(listing, [{ podCidr: '10.1.0.0/24', via: '172.30.0.9' }]), [
    '10.2.0.0/24',
  ])
  assert.deepEqual(staleRoutes('', []), [])
})
