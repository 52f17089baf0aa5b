import { spawn } from 'node:child_process'
import { accessSync, readFileSync } from 'node:fs'
import { KnarrError } from '#lib'
import type { ContainerdBinaries } from '../layout/binaries.ts'
import type { ContainerdLayout } from '../layout/layout.ts'
import { ociArchive, ociImage } from './oci-archive.ts'
import { writeTar } from './tar.ts'

/** The image whose only process holds a sandbox's namespaces. Made here: a node starts offline. */
export const builtInSandboxImage = 'knarr.dev/pause:1'

/** Static, and its pause mode reaps orphans in a shared PID namespace. */
const pauseBinaries = ['/usr/bin/catatonit', '/usr/libexec/podman/catatonit', '/usr/bin/pause']

export function sandboxImageArchive(): Uint8Array {
  const binary = pauseBinaries.find(exists)
  if (!binary) {
    throw new KnarrError('catatonitNotFound', 'catatonit, the init of sandboxes, not found', {
      hint: 'run scripts/install-debian',
    })
  }
  const bytes = readFileSync(binary)
  const layer = writeTar([{ kind: 'file', path: 'pause', mode: 0o755, bytes }])
  const image = ociImage([layer], { Entrypoint: ['/pause', '-P'], User: '65535:65535' })
  return ociArchive(image, builtInSandboxImage)
}

export interface ImportOptions {
  readonly binaries: ContainerdBinaries
  readonly layout: ContainerdLayout
  readonly snapshotter: string
}

/** Brings an archive's images into the namespace that the CRI looks at. */
export function importArchive(
  archive: Uint8Array,
  { binaries, layout, snapshotter }: ImportOptions,
  signal: AbortSignal,
): Promise<void> {
  const common = ['--address', layout.socket, '--namespace', 'k8s.io']
  const command = ['images', 'import', '--snapshotter', snapshotter, '-']
  return new Promise((resolve, reject) => {
    const child = spawn(binaries.ctr, [...common, ...command], { signal })
    let output = ''
    child.stderr.on('data', (text) => {
      output += text
    })
    child.on('error', (error) => reject(signal.aborted ? signal.reason : error))
    child.on('close', (code) => {
      if (code === 0) return resolve()
      reject(
        new KnarrError('imageImportFailed', `importing an image failed: ${output.trim()}`, {
          hint: `see ${layout.logFile}`,
        }),
      )
    })
    child.stdin.on('error', () => undefined) // told by the exit code
    child.stdin.end(archive)
  })
}

function exists(path: string): boolean {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}
