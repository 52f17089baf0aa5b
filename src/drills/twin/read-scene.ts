import type { SimNodeSpec } from '#cluster/simulation'
import { type ManifestText, readManifests, UnusableManifest } from '../input/manifest.ts'
import { type Scene, sceneOf } from '../input/scene.ts'
import { readTwin, twinKind } from './twin.ts'

/**
 * Reads what drills are run on: manifests, for the nodes that are given, or the twin of a cluster, which brings its
 * own. Manifests beside a twin are applied to it.
 * @throws UnusableManifest
 */
export function readScene(texts: readonly ManifestText[], nodes: readonly SimNodeSpec[]): Scene {
  const read = readManifests(texts)
  const [found, ...more] = read.filter(({ object }) => object.kind === twinKind)
  if (!found) return sceneOf(read, nodes)
  if (more.length > 0) {
    throw new UnusableManifest('there are two twins', 'Hand over one: a drill has one cluster.')
  }
  const { file } = found.at
  const twin = readTwin(file, found.object)
  const own = twin.objects.map((object) => ({ object, at: { file, line: 1 } }))
  const others = read.filter(({ object }) => object !== found.object)
  const isReplaced = ({ object }: (typeof own)[number]) =>
    others.some(
      (other) =>
        other.object.kind === object.kind &&
        other.object.metadata?.name === object.metadata?.name &&
        (other.object.metadata?.namespace ?? 'default') ===
          (object.metadata?.namespace ?? 'default'),
    )
  const scene = sceneOf([...own.filter((each) => !isReplaced(each)), ...others], twin.nodes)
  return {
    ...scene,
    leftOut: [...twin.leftOut, ...scene.leftOut],
    placements: twin.placements,
    cordoned: twin.nodes.flatMap(({ name, isCordoned }) => (isCordoned ? [name] : [])),
  }
}
