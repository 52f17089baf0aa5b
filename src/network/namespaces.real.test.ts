import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNamespaceNodes, setPodRoutes, staleRoutes } from './namespaces.ts'
import { type NodeCommands, nodeCommands } from './nftables/command.ts'

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
  const podCidrs = ['10.199.1.0/24', '10.199.2.0/24']
  {
    await using network = await createNamespaceNodes(
      { prefix, podCidrs, network: '172.29.199' },
      signal,
    )
    const [first, second] = network.nodes
    assert.ok(first && second)
    assert.equal(second.ip, '172.29.199.2')
    assert.equal(await isReached(nodeCommands(first.netns), second.ip), true)
    await ip('-n', second.name, 'addr', 'add', '10.199.2.1/32', 'dev', 'lo')
    assert.equal(await isReached(root, '10.199.2.1'), true)
    await ip('link', 'set', second.link, 'down')
    assert.equal(await isReached(nodeCommands(first.netns), second.ip), false)
    await setPodRoutes(root, [], signal)
    assert.equal(await ip('route', 'show', 'proto', '196'), '')
  }
  assert.equal((await ip('netns', 'list')).includes(prefix), false)
  assert.equal((await ip('-o', 'link', 'show')).includes(prefix), false)
})

test('only routes that are no longer wanted are stale', () => {
  const listing = '10.1.0.0/24 via 172.30.0.1 dev br \n10.2.0.0/24 via 172.30.0.2 dev br \n'
  assert.deepEqual(staleRoutes(listing, [{ podCidr: '10.1.0.0/24', via: '172.30.0.9' }]), [
    '10.2.0.0/24',
  ])
  assert.deepEqual(staleRoutes('', []), [])
})
