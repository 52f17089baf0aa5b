import type { Scene } from '../input/scene.ts'
import { annotateTemplate, rollingWorkloads } from '../run/actions.ts'
import { busyNode } from '../run/busy-nodes.ts'
import type { Drill } from '../run/drill.ts'
import type { DrillStage } from '../run/stage.ts'

/** How long the registries are down. */
const downMs = 2 * 60_000

/** `registry-down`: no image can be pulled, during an update and when a node dies. */
export const registryDownDrill: Drill = {
  name: 'registry-down',
  title: 'the registry is down',
  objectives: { maxGapMs: 10_000 },
  cases: (scene) => [
    {
      name: 'during an update',
      act: async (stage) => {
        const registries = await down(stage, scene)
        for (const workload of rollingWorkloads(scene.workloads)) {
          await annotateTemplate(stage, workload, { 'kubectl.kubernetes.io/restartedAt': 'update' })
        }
        await stage.advance(downMs)
        for (const each of registries) await each.heal()
      },
    },
    {
      name: 'when a node dies',
      lost: (stage) => [busyNode(stage, 0)],
      leastMs: 60_000,
      act: async (stage, [node = '']) => {
        const registries = await down(stage, scene)
        await stage.fault({ type: 'NodeCrash', node }, `${node} crashes`)
        await stage.advance(downMs)
        for (const each of registries) await each.heal()
      },
    },
  ],
}

async function down(stage: DrillStage, scene: Scene) {
  const faults: { heal(): Promise<void> }[] = []
  for (const registry of registriesOf(scene)) {
    faults.push(await stage.fault({ type: 'RegistryDown', registry }, `${registry} is down`))
  }
  return faults
}

/** The registries that the images of a manifest come from. */
function registriesOf({ workloads }: Scene): readonly string[] {
  const images = workloads.flatMap(({ template }) =>
    [...(template.spec?.containers ?? []), ...(template.spec?.initContainers ?? [])].map(
      ({ image = '' }) => image,
    ),
  )
  return [...new Set(images.map(registryOf))].sort()
}

function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/')
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  return isHost ? first : 'docker.io'
}
