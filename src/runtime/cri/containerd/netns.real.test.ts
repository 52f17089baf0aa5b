import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { it } from 'node:test'
import { createTestWorld } from '../../../../test/images/containerd-world.ts'
import { run } from './leftovers.ts'
import { containerdLeftovers, startContainerd, stopContainerd } from './private-containerd.ts'

it('runs in a network namespace of its own, for several nodes on one machine', async () => {
  await using world = await createTestWorld({ bridge: 'knarrnetns0', podCidr: '10.216.0.0/24' })
  const { signal } = world
  const netns = '/run/netns/knarr-test-netns'
  execFileSync('ip', ['netns', 'add', 'knarr-test-netns'])
  try {
    const options = { ...world.options, netns }
    const daemon = await startContainerd(options, signal)
    await using runtime = daemon.connect()
    const id = await runtime.runSandbox(
      {
        metadata: { name: 'inside', namespace: 'netns', uid: 'uid', attempt: 0 },
        hostname: 'inside',
        logDirectory: `${options.dataDir}/logs`,
        labels: {},
        annotations: {},
        linux: {
          cgroupParent: `${world.cgroupRoot}/inside`,
          securityContext: {
            namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
            privileged: false,
            readonlyRootfs: false,
          },
        },
      },
      signal,
    )
    const { ips } = await runtime.sandboxStatus(id, signal)
    assert.match(ips[0] ?? '', /^10\.216\.0\./)
    assert.match(run(netns, ['ip', '-o', 'link']), /knarrnetns0/)
    assert.doesNotMatch(run(undefined, ['ip', '-o', 'link']), /knarrnetns0/)
    await stopContainerd(options, signal)
    assert.deepEqual(containerdLeftovers(options), [])
  } finally {
    execFileSync('ip', ['netns', 'delete', 'knarr-test-netns'])
  }
})
