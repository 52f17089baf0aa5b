import { persistentVolumes } from '#api'
import { type Controller, watching } from '../runner/controller.ts'
import { addProtection, isLeavingWith, lacksProtection, removeProtection } from './finalizer.ts'

const finalizer = 'kubernetes.io/pv-protection'

/** Keeps volumes that are to be deleted while a claim is bound to them (upstream: pvprotection). */
export const pvProtectionController: Controller = {
  name: 'pv-protection-controller',
  workers: 1,
  permissions: [
    {
      apiGroups: [''],
      resources: ['persistentvolumes'],
      verbs: ['get', 'list', 'update', 'watch'],
    },
  ],
  start({ informers }) {
    const volumes = informers.informer(persistentVolumes)
    return {
      watches: [
        watching(persistentVolumes, (volume) =>
          isLeavingWith(volume, finalizer) || lacksProtection(volume, finalizer)
            ? [volume.metadata.name]
            : [],
        ),
      ],
      async reconcile(key, { client }) {
        const volume = volumes.get(key)
        if (!volume) return undefined
        if (isLeavingWith(volume, finalizer)) {
          const isUsed = volume.status?.phase === 'Bound'
          if (!isUsed) await removeProtection(client, persistentVolumes, volume, finalizer)
        } else if (lacksProtection(volume, finalizer)) {
          await addProtection(client, persistentVolumes, volume, finalizer)
        }
        return undefined
      },
    }
  },
}
