import { cutOff, joinAgain, type NamespaceNode, setNodeLink } from '#network'
import type { NodeMachine } from '../faults/node-handle.ts'
import type { NodeEngine } from './engine.ts'

/** A node in a namespace: its power and its cable are ours to pull. */
export function namespaceMachine(
  node: NamespaceNode,
  gateways: readonly string[],
  engine: NodeEngine,
  signal: AbortSignal,
): NodeMachine {
  return {
    supports: ['crashed'],
    become: ({ partition }) =>
      partition === 'Both' ? cutOff(node.netns, gateways, signal) : joinAgain(node.netns, signal),
    async crash() {
      await setNodeLink(node, 'down', signal)
      await engine.crash(signal)
    },
    async boot() {
      await setNodeLink(node, 'up', signal)
      await engine.boot(signal)
    },
    harm: () => false,
  }
}

/** The machine itself is not ours to break: all that faults do is keep its kubelet from acting. */
export const steadyMachine: NodeMachine = {
  supports: [],
  become: async () => undefined,
  crash: async () => undefined,
  boot: async () => undefined,
  harm: () => false,
}
