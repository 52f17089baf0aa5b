import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import type { SimNodeSpec } from '#cluster/simulation'
import type { KubeObject } from '#machinery'
import { UnusableManifest } from '../input/manifest.ts'
import type { Placement } from '../input/scene.ts'

/** The version of a twin file's form. */
export const twinVersion = 'drills.knarr.dev/v1'
/** The kind of a twin file. */
export const twinKind = 'Twin'

/** A machine of the cluster that a twin was taken of. */
export interface TwinNode extends SimNodeSpec {
  readonly isCordoned?: boolean
}

/** What is known of a running cluster, as far as drills need it; no content of Secrets, nor of environments. */
export interface Twin {
  readonly apiVersion: typeof twinVersion
  readonly kind: typeof twinKind
  /** When it was taken, RFC 3339. */
  readonly takenAt: string
  /** Named after the context of the kubeconfig. */
  readonly metadata: { readonly name: string }
  /** The version that the API server says. */
  readonly serverVersion: string
  /** What the cluster has and the file has not, as sentences. */
  readonly leftOut: readonly string[]
  readonly nodes: readonly TwinNode[]
  readonly placements: readonly Placement[]
  readonly objects: readonly KubeObject[]
}

/** Puts a digest at the end of a twin, by which a cut or altered file is noticed. */
export function sealTwin(twin: Twin): Twin & { readonly digest: string } {
  return { ...twin, digest: digestOf(twin) }
}

/** Writes a sealed twin as YAML. */
export function writeTwin(twin: Twin): string {
  return stringify(sealTwin(twin), { lineWidth: 0, aliasDuplicateObjects: false })
}

/**
 * Reads what `writeTwin` has written.
 * @param file what messages call it
 * @throws UnusableManifest when it was cut off or altered
 */
export function readTwin(file: string, value: object): Twin {
  // Cast: the digest says that the file is what was written; its absence is refused.
  const { digest, ...twin } = value as Twin & { readonly digest?: string }
  if (digest === undefined) {
    throw new UnusableManifest(
      `${file}: the end of this twin is missing`,
      "Take it again: 'knarr twin > twin.yaml'.",
    )
  }
  if (twin.apiVersion !== twinVersion) {
    throw new UnusableManifest(
      `${file}: this twin is of the version ${twin.apiVersion}, and only ${twinVersion} is known`,
      "Take it again with this knarr: 'knarr twin > twin.yaml'.",
    )
  }
  if (digest !== edited && digest !== digestOf(twin)) {
    throw new UnusableManifest(
      `${file}: this twin was altered since it was taken`,
      `Take it again, or write 'digest: ${edited}' at its end if the change is yours.`,
    )
  }
  return twin
}

/** In the place of a digest it says that whoever altered the file meant to. */
const edited = 'edited'

/** Parsing keeps the order of members, so that the same file has the same text again. */
function digestOf(twin: Twin): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(twin)).digest('hex')}`
}
