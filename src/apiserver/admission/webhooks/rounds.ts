import { deepEqual, type KubeObject } from '#machinery'
import type { Reinvocation } from '../admission.ts'

/** Which webhooks or policies are asked a second time: those that want to be, and were asked before something changed. */
export interface MutatorRounds {
  /** 0, and 1 when plugins are asked again. */
  readonly round: number
  /** Begins a round with the object as other plugins left it. */
  begin(object: KubeObject | undefined): void
  mayCall(id: string): boolean
  /** One of them has changed the object. */
  changed(): void
  /** One has been asked that wants to be asked again when something changes. */
  mayNeedAgain(id: string): void
  end(object: KubeObject | undefined): void
}

interface Memory {
  readonly asked: Set<string>
  readonly wanted: Set<string>
  left: KubeObject | undefined
}

/** The rounds of the webhooks or policies of a plugin within those of all plugins; without these there is but one round. */
export function mutatorRounds(key: string, reinvocation: Reinvocation | undefined): MutatorRounds {
  const memory = memoryOf(key, reinvocation)
  const isSecond = reinvocation?.isSecond ?? false
  const wantAgain = () => {
    for (const id of memory.asked) memory.wanted.add(id)
    memory.asked.clear()
  }
  return {
    round: isSecond ? 1 : 0,
    begin(object) {
      // Other plugins have changed it since: all that want to be are asked.
      if (isSecond && !deepEqual(memory.left, object)) wantAgain()
    },
    mayCall: (id) => !isSecond || memory.wanted.has(id),
    changed() {
      wantAgain()
      reinvocation?.request()
    },
    mayNeedAgain: (id) => void memory.asked.add(id),
    end(object) {
      memory.left = object
    },
  }
}

function memoryOf(key: string, reinvocation: Reinvocation | undefined): Memory {
  const known = reinvocation?.memory.get(key)
  // Cast: nobody else writes under this key.
  if (known) return known as Memory
  const memory: Memory = { asked: new Set(), wanted: new Set(), left: undefined }
  reinvocation?.memory.set(key, memory)
  return memory
}
