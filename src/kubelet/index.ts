export { createKubelet, type Kubelet, type KubeletOptions } from './kubelet.ts'
export { type KubeletConfig, kubeletDefaults } from './model/config.ts'
