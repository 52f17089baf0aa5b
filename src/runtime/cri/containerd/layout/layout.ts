import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'

/** Where a private containerd keeps its things; all below `home`, but for a socket with a long path. */
export interface ContainerdLayout {
  readonly home: string
  /** Images and snapshots; survives a stop. */
  readonly root: string
  /** Of running containers; gone after a stop. */
  readonly state: string
  readonly runcRoot: string
  readonly socket: string
  readonly config: string
  readonly certs: string
  readonly cniConfig: string
  readonly ipam: string
  readonly processFile: string
  readonly logFile: string
}

/** A unix socket's path holds 107 bytes; containerd appends `.ttrpc` for a second one. */
const longestSocketPath = 107 - '.ttrpc'.length

/** Purely from the data directory, so that a later process finds what an earlier one started. */
export function containerdLayout(dataDir: string): ContainerdLayout {
  const home = join(resolve(dataDir), 'containerd')
  const state = join(home, 'state')
  const socket = join(home, 'containerd.sock')
  const digest = createHash('sha256').update(home).digest('hex').slice(0, 12)
  return {
    home,
    root: join(home, 'root'),
    state,
    runcRoot: join(state, 'runc'),
    socket:
      Buffer.byteLength(socket) <= longestSocketPath
        ? socket
        : join('/run/knarr', digest, 'containerd.sock'),
    config: join(home, 'config.toml'),
    certs: join(home, 'certs.d'),
    cniConfig: join(home, 'cni', 'net.d'),
    ipam: join(home, 'cni', 'ipam'),
    processFile: join(home, 'containerd.process'),
    logFile: join(home, 'containerd.log'),
  }
}
