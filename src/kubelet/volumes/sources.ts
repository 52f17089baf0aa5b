import type { KeyToPath, Pod, Volume } from '#api'
import type { VolumeFile } from '#host'
import type { Stored } from '#machinery'
import { isNotFound } from '#machinery/status'
import { containersOf, initContainersOf } from '../model/containers.ts'
import { fieldValue } from '../model/field-reference.ts'
import type { References } from '../model/references.ts'
import { resourceFieldValue } from '../model/resource-reference.ts'

/** Thrown while a volume's content cannot be had; the pod waits and tries again. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError'
}

export interface ContentSources {
  readonly pod: Stored<Pod>
  readonly podIps: readonly string[]
  readonly hostIps: readonly string[]
  readonly nodeName: string
  readonly allocatable: Readonly<Record<string, string>>
  readonly references: References
  token(audience: string | undefined, expirationSeconds: number): Promise<string>
}

type Data = Readonly<Record<string, Uint8Array>>

/** Which keys go to which paths; all of them where none is listed. */
interface Selection {
  readonly items?: readonly KeyToPath[]
  readonly defaultMode: number
  readonly optional?: boolean
}

export async function configMapFiles(
  name: string,
  selection: Selection,
  { pod, references }: ContentSources,
): Promise<readonly VolumeFile[]> {
  const namespace = pod.metadata.namespace ?? ''
  const found = await orAbsent(references.configMap(namespace, name), selection.optional === true)
  const data: Data = {
    ...mapValues(found?.data ?? {}, (text) => Buffer.from(text, 'utf8')),
    ...mapValues(found?.binaryData ?? {}, (text) => Buffer.from(text, 'base64')),
  }
  return select(data, selection, `references non-existent config key`)
}

export async function secretFiles(
  name: string,
  selection: Selection,
  { pod, references }: ContentSources,
): Promise<readonly VolumeFile[]> {
  const namespace = pod.metadata.namespace ?? ''
  const found = await orAbsent(references.secret(namespace, name), selection.optional === true)
  const data = mapValues(found?.data ?? {}, (text) => Buffer.from(text, 'base64'))
  return select(data, selection, `references non-existent secret key`)
}

type DownwardItems = NonNullable<NonNullable<Volume['downwardAPI']>['items']>

export function downwardFiles(
  items: DownwardItems,
  defaultMode: number,
  sources: ContentSources,
): readonly VolumeFile[] {
  return items.map(({ path, mode, fieldRef, resourceFieldRef }) => {
    const container = [...containersOf(sources.pod), ...initContainersOf(sources.pod)].find(
      ({ name }) => name === resourceFieldRef?.containerName,
    )
    const text = fieldRef
      ? fieldValue(fieldRef.fieldPath, sources)
      : resourceFieldRef
        ? resourceFieldValue(resourceFieldRef, container, sources)
        : ''
    return { path, bytes: Buffer.from(text, 'utf8'), mode: mode ?? defaultMode }
  })
}

/** A projected volume's sources, later ones winning where paths meet. */
export async function projectedFiles(
  projected: NonNullable<Volume['projected']>,
  sources: ContentSources,
): Promise<readonly VolumeFile[]> {
  const defaultMode = projected.defaultMode ?? 0o644
  const files = new Map<string, VolumeFile>()
  for (const source of projected.sources ?? []) {
    for (const file of await filesOf(source, defaultMode, sources)) files.set(file.path, file)
  }
  return [...files.values()]
}

type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number]

async function filesOf(
  source: Projection,
  defaultMode: number,
  sources: ContentSources,
): Promise<readonly VolumeFile[]> {
  if (source.configMap) {
    return configMapFiles(
      source.configMap.name ?? '',
      { ...source.configMap, defaultMode },
      sources,
    )
  }
  if (source.secret) {
    return secretFiles(source.secret.name ?? '', { ...source.secret, defaultMode }, sources)
  }
  if (source.downwardAPI) return downwardFiles(source.downwardAPI.items ?? [], defaultMode, sources)
  if (source.serviceAccountToken) {
    const { audience, expirationSeconds = 3600, path } = source.serviceAccountToken
    const token = await sources.token(audience, expirationSeconds)
    return [{ path, bytes: Buffer.from(token), mode: tokenMode(sources.pod, defaultMode) }]
  }
  return []
}

/** Tokens are for the container's user alone, unless a group shares the volume. */
function tokenMode(pod: Pod, defaultMode: number): number {
  return pod.spec?.securityContext?.fsGroup === undefined ? defaultMode : 0o600
}

function select(data: Data, selection: Selection, missing: string): readonly VolumeFile[] {
  const { items, defaultMode, optional } = selection
  if (!items || items.length === 0) {
    return Object.entries(data).map(([path, bytes]) => ({ path, bytes, mode: defaultMode }))
  }
  return items.flatMap(({ key, path, mode }) => {
    const bytes = data[key]
    if (bytes) return [{ path, bytes, mode: mode ?? defaultMode }]
    if (optional) return []
    throw new VolumeError(`${missing}: ${key}`)
  })
}

async function orAbsent<T>(found: Promise<T>, optional: boolean): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (isNotFound(error) && optional) return undefined
    throw error
  }
}

function mapValues(
  map: Readonly<Record<string, string>>,
  of: (text: string) => Uint8Array,
): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(map).map(([key, text]) => [key, of(text)]))
}
