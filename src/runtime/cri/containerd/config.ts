import type { ContainerdBinaries } from './binaries.ts'
import type { ContainerdLayout } from './layout.ts'
import type { MachineAbilities } from './machine.ts'
import type { RegistryMirror } from './options.ts'

export interface ConfigInputs {
  readonly layout: ContainerdLayout
  readonly binaries: ContainerdBinaries
  readonly machine: MachineAbilities
  readonly sandboxImage: string
  readonly streamAddress: string
}

/** Snapshotters and tracers that would look for devices and collectors that are not there. */
const disabledPlugins = [
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.internal.v1.opt',
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.internal.v1.tracing',
]

/** containerd's configuration (version 2, which 1.x and 2.x read). */
export function containerdConfig(inputs: ConfigInputs): string {
  const { layout, binaries, machine, sandboxImage, streamAddress } = inputs
  const cri = 'plugins."io.containerd.grpc.v1.cri"'
  return `version = 2
root = ${text(layout.root)}
state = ${text(layout.state)}
disabled_plugins = [${disabledPlugins.map(text).join(', ')}]

[debug]
  level = "warn"

[grpc]
  address = ${text(layout.socket)}

[ttrpc]
  address = ${text(`${layout.socket}.ttrpc`)}

[${cri}]
  sandbox_image = ${text(sandboxImage)}
  stream_server_address = ${text(streamAddress)}
  stream_server_port = "0"
  disable_apparmor = ${!machine.appArmor}
  restrict_oom_score_adj = ${!machine.mayLowerOomScore}
  netns_mounts_under_state_dir = true

[${cri}.cni]
  bin_dir = ${text(binaries.cniBinDir)}
  conf_dir = ${text(layout.cniConfig)}

[${cri}.containerd]
  snapshotter = ${text(machine.snapshotter)}
  default_runtime_name = "runc"

[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[${cri}.containerd.runtimes.runc.options]
  BinaryName = ${text(binaries.runc)}
  Root = ${text(layout.runcRoot)}
  SystemdCgroup = false

[${cri}.registry]
  config_path = ${text(layout.certs)}
`
}

/** The directory below `certs.d` and the content of its `hosts.toml` for one mirrored registry. */
export function mirrorHosts(mirror: RegistryMirror): {
  readonly directory: string
  readonly text: string
} {
  const directory = mirror.registry === '*' ? '_default' : mirror.registry
  const server = mirror.fallback ? originOf(mirror.registry) : mirror.endpoints.at(-1)
  const lines = [
    ...(server ? [`server = ${text(server)}`] : []),
    ...mirror.endpoints.flatMap((endpoint) => [
      '',
      `[host.${text(endpoint)}]`,
      '  capabilities = ["pull", "resolve"]',
      ...(mirror.insecureSkipVerify ? ['  skip_verify = true'] : []),
      ...(mirror.caFile ? [`  ca = ${text(mirror.caFile)}`] : []),
    ]),
  ]
  return { directory, text: `${lines.join('\n')}\n` }
}

function originOf(registry: string): string | undefined {
  if (registry === '*') return undefined
  return registry === 'docker.io' ? 'https://registry-1.docker.io' : `https://${registry}`
}

/** JSON's strings are TOML's basic strings. */
function text(value: string): string {
  return JSON.stringify(value)
}
