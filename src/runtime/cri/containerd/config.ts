import type { ContainerdBinaries } from './layout/binaries.ts'
import type { ContainerdLayout } from './layout/layout.ts'
import type { MachineAbilities } from './machine.ts'
import type { RegistryAccess } from './options.ts'
import { tomlText as text } from './toml-text.ts'

export interface ConfigInputs {
  readonly layout: ContainerdLayout
  readonly binaries: ContainerdBinaries
  readonly machine: MachineAbilities
  readonly sandboxImage: string
  readonly streamAddress: string
  readonly registries: readonly RegistryAccess[]
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
  const { layout, binaries, machine, sandboxImage, streamAddress, registries } = inputs
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
${authTables(cri, registries)}`
}

/** The credentials, which `hosts.toml` has no place for; one table for each host that asks for them. */
function authTables(cri: string, access: readonly RegistryAccess[]): string {
  return access
    .flatMap(({ host, auth }) => (auth ? askingHosts(host).map((each) => ({ each, auth })) : []))
    .map(({ each, auth }) => {
      const fields = [
        ['username', auth.username],
        ['password', auth.password],
        ['auth', auth.auth],
        ['identitytoken', auth.identityToken],
      ] as const
      const lines = fields.flatMap(([name, value]) => (value ? [`  ${name} = ${text(value)}`] : []))
      return `\n[${cri}.registry.configs.${text(each)}.auth]\n${lines.join('\n')}\n`
    })
    .join('')
}

/** Docker Hub goes by a name in images and by another on the network. */
const askingHosts = (host: string): readonly string[] =>
  host === 'docker.io' ? [host, 'registry-1.docker.io'] : [host]
