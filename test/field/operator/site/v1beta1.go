package site

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/conversion"
)

// V1Beta1 is the older version.
var V1Beta1 = schema.GroupVersion{Group: Group, Version: "v1beta1"}

// OldSite is a web site as v1beta1 has it.
type OldSite struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              OldSiteSpec `json:"spec"`
	Status            SiteStatus  `json:"status,omitempty"`
}

// OldSiteSpec has other names for what is wanted.
type OldSiteSpec struct {
	Host  string `json:"host"`
	Image string `json:"image,omitempty"`
	Count *int32 `json:"count,omitempty"`
}

// OldSiteList is a list of older sites.
type OldSiteList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []OldSite `json:"items"`
}

// ConvertTo makes the newer version.
func (o *OldSite) ConvertTo(hub conversion.Hub) error {
	s := hub.(*Site)
	s.ObjectMeta, s.Status = o.ObjectMeta, o.Status
	s.Spec = SiteSpec{Domain: o.Spec.Host, Image: o.Spec.Image, Replicas: o.Spec.Count}
	return nil
}

// ConvertFrom is made from the newer version.
func (o *OldSite) ConvertFrom(hub conversion.Hub) error {
	s := hub.(*Site)
	o.ObjectMeta, o.Status = s.ObjectMeta, s.Status
	o.Spec = OldSiteSpec{Host: s.Spec.Domain, Image: s.Spec.Image, Count: s.Spec.Replicas}
	return nil
}

// DeepCopyObject copies an older site.
func (o *OldSite) DeepCopyObject() runtime.Object {
	var s Site
	_ = o.ConvertTo(&s)
	c := OldSite{TypeMeta: o.TypeMeta}
	_ = c.ConvertFrom(s.DeepCopyObject().(*Site))
	return &c
}

// DeepCopyObject copies a list.
func (l *OldSiteList) DeepCopyObject() runtime.Object {
	c := OldSiteList{TypeMeta: l.TypeMeta}
	l.ListMeta.DeepCopyInto(&c.ListMeta)
	for i := range l.Items {
		c.Items = append(c.Items, *l.Items[i].DeepCopyObject().(*OldSite))
	}
	return &c
}
