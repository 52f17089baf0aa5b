import type { FaultType } from '#api'
import type { SceneWorkload } from '../input/scene.ts'
import { podsOf } from '../run/actions.ts'
import type { Drill, DrillCase } from '../run/drill.ts'

const ways: readonly (readonly [name: string, type: FaultType, text: string])[] = [
  ['crash of', 'ContainerCrash', 'dies'],
  ['hang of', 'ContainerHang', 'hangs'],
  ['out of memory in', 'OutOfMemory', 'is killed for want of memory'],
]

/** `crash`: each container in turn dies, hangs, and is killed for want of memory. */
export const crashDrill: Drill = {
  name: 'crash',
  title: 'a container crashes',
  objectives: { maxGapMs: 10_000, recoverWithinMs: 2 * 60_000, readyWithinMs: 5 * 60_000 },
  varies: ['startup'],
  cases: ({ workloads }) =>
    ways.flatMap((way) =>
      workloads.flatMap((workload) =>
        (workload.template.spec?.containers ?? []).map(({ name }) => crashOf(way, workload, name)),
      ),
    ),
}

function crashOf(
  [way, type, text]: (typeof ways)[number],
  workload: SceneWorkload,
  container: string,
): DrillCase {
  return {
    name: `${way} ${container} of ${workload.id}`,
    leastMs: type === 'ContainerHang' ? 60_000 : 30_000,
    mostMs: 4 * 60_000,
    act: async (stage) => {
      const [pod] = podsOf(stage, workload)
      if (!pod) return
      const { name, namespace = '' } = pod.metadata
      stage.expectRestart()
      await stage.fault(
        { type, pod: name, namespace, container },
        `${container} of ${name} ${text}`,
      )
    },
  }
}
