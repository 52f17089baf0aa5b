import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { cniConflist } from './cni.ts'
import { containerdConfig } from './config.ts'
import { findBinaries } from './layout/binaries.ts'
import { containerdLayout } from './layout/layout.ts'
import { hasCapability } from './machine.ts'
import { registryHosts } from './registry-hosts.ts'

const binaries = {
  containerd: '/usr/bin/containerd',
  ctr: '/usr/bin/ctr',
  runc: '/usr/sbin/runc',
  cniBinDir: '/usr/lib/cni',
  path: '/usr/bin',
}

describe("containerd's configuration", () => {
  const layout = containerdLayout('/var/lib/knarr "x"')
  const config = containerdConfig({
    layout,
    binaries,
    machine: { mayLowerOomScore: false, snapshotter: 'native', appArmor: false },
    sandboxImage: 'knarr.dev/pause:1',
    streamAddress: '127.0.0.1',
    registries: [
      { host: 'docker.io', auth: { username: 'me', password: 'a "quoted" one' } },
      { host: 'quay.io', tls: { insecureSkipVerify: true } },
    ],
  })
  const lines: readonly string[] = [
    'root = "/var/lib/knarr \\"x\\"/containerd/root"',
    '  address = "/var/lib/knarr \\"x\\"/containerd/containerd.sock"',
    '  sandbox_image = "knarr.dev/pause:1"',
    '  restrict_oom_score_adj = true',
    '  disable_apparmor = true',
    '  netns_mounts_under_state_dir = true',
    '  bin_dir = "/usr/lib/cni"',
    '  snapshotter = "native"',
    '  SystemdCgroup = false',
    '[plugins."io.containerd.grpc.v1.cri".registry.configs."docker.io".auth]',
    '[plugins."io.containerd.grpc.v1.cri".registry.configs."registry-1.docker.io".auth]',
    '  password = "a \\"quoted\\" one"',
  ]
  for (const line of lines) {
    it(`has the line ${line.trim()}`, () => {
      assert.ok(config.split('\n').includes(line), config)
    })
  }
})

describe('the place of a private containerd', () => {
  it('is below the data directory', () => {
    assert.equal(containerdLayout('/data').socket, '/data/containerd/containerd.sock')
  })

  it('moves the socket to /run when its path would be longer than the kernel takes', () => {
    const deep = containerdLayout(`/${'d'.repeat(100)}`)
    assert.match(deep.socket, /^\/run\/knarr\/[0-9a-f]{12}\/containerd\.sock$/)
    assert.equal(containerdLayout(`/${'d'.repeat(100)}`).socket, deep.socket)
    assert.notEqual(containerdLayout(`/${'e'.repeat(100)}`).socket, deep.socket)
  })
})

describe('the hosts file of a mirrored registry', () => {
  const endpoints = ['http://127.0.0.1:5000']
  const cases = [
    ['docker.io', true, 'docker.io', 'https://registry-1.docker.io'],
    ['docker.io', false, 'docker.io', 'http://127.0.0.1:5000'],
    ['quay.io', true, 'quay.io', 'https://quay.io'],
    ['*', false, '_default', 'http://127.0.0.1:5000'],
  ] as const
  for (const [registry, fallback, directory, server] of cases) {
    it(`of ${registry} ${fallback ? 'with' : 'without'} fallback asks ${server} last`, () => {
      const [hosts] = registryHosts([{ registry, endpoints, fallback }], [])
      assert.equal(hosts?.directory, directory)
      assert.equal(
        hosts?.text,
        `server = "${server}"

[host."http://127.0.0.1:5000"]
  capabilities = ["pull", "resolve"]
`,
      )
    })
  }
})

describe('the hosts file of a registry with TLS of its own', () => {
  const tls = { caFile: '/ca.pem', certFile: '/c.pem', keyFile: '/k.pem' }

  it('has it for the mirror that is the host, and a prefix as the whole path', () => {
    const mirror = {
      registry: 'docker.io',
      endpoints: ['https://one.example:5000', 'http://two.example'],
      fallback: true,
      repositoryPrefix: 'hub',
    }
    const [hosts, ...others] = registryHosts([mirror], [{ host: 'one.example:5000', tls }])
    assert.equal(
      hosts?.text,
      `server = "https://registry-1.docker.io"

[host."https://one.example:5000/v2/hub"]
  capabilities = ["pull", "resolve"]
  override_path = true
  ca = "/ca.pem"
  client = [["/c.pem", "/k.pem"]]

[host."http://two.example/v2/hub"]
  capabilities = ["pull", "resolve"]
  override_path = true
`,
    )
    assert.equal(others[0]?.directory, 'one.example:5000')
  })

  it('has it for the registry itself where there is no mirror', () => {
    const [hosts] = registryHosts([], [{ host: 'quay.io', tls: { insecureSkipVerify: true } }])
    assert.deepEqual(hosts, {
      directory: 'quay.io',
      text: 'server = "https://quay.io"\nskip_verify = true\n',
    })
  })
})

describe('the CNI configuration', () => {
  it('gives pods of both families addresses, routes and host ports', () => {
    const network = { podCidrs: ['10.1.0.0/24', 'fd00:1::/64'], bridge: 'knarr0', mtu: 1400 }
    const list = JSON.parse(cniConflist(network, '/ipam'))
    const [bridge, portmap] = list.plugins
    assert.equal(list.name, 'knarr0')
    assert.deepEqual(
      [bridge.bridge, bridge.mtu, bridge.isGateway, bridge.ipMasq, bridge.ipam.dataDir],
      ['knarr0', 1400, true, true, '/ipam'],
    )
    assert.deepEqual(bridge.ipam.ranges, [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00:1::/64' }]])
    assert.deepEqual(bridge.ipam.routes, [{ dst: '0.0.0.0/0' }, { dst: '::/0' }])
    assert.deepEqual(portmap.capabilities, { portMappings: true })
  })
})

describe('what the machine allows', () => {
  const cases = [
    ['CapEff:\t000001ffffffffff', true],
    ['Name:\tx\nCapEff:\t000001fffeffffff\nCapBnd:\t000001ffffffffff', false],
    ['Name:\tx', false],
  ] as const
  for (const [status, want] of cases) {
    it(`${want ? 'has' : 'lacks'} CAP_SYS_RESOURCE by ${JSON.stringify(status)}`, () => {
      assert.equal(hasCapability(status, 24n), want)
    })
  }
})

describe('missing programs', () => {
  it('are named with what to do', () => {
    const directory = mkdtempSync(join(tmpdir(), 'knarr-binaries-'))
    const hint = 'run scripts/install-debian'
    try {
      const find = () => findBinaries([directory], [directory])
      assert.throws(find, { code: 'containerdNotFound', message: 'containerd not found', hint })
      for (const name of ['containerd', 'ctr', 'runc', 'containerd-shim-runc-v2']) {
        writeFileSync(join(directory, name), '', { mode: 0o755 })
      }
      assert.throws(find, { code: 'iptablesNotFound', hint })
      writeFileSync(join(directory, 'iptables'), '', { mode: 0o755 })
      assert.throws(find, { code: 'cniPluginsNotFound', hint })
      for (const name of ['bridge', 'host-local', 'portmap', 'loopback']) {
        writeFileSync(join(directory, name), '', { mode: 0o755 })
      }
      assert.equal(find().cniBinDir, directory)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
