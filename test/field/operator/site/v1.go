// Package site has both versions of the operator's kind.
package site

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Group is that of both versions.
const Group = "field.knarr.dev"

// V1 is the version that is stored.
var V1 = schema.GroupVersion{Group: Group, Version: "v1"}

// Site is a web site as v1 has it.
type Site struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              SiteSpec   `json:"spec"`
	Status            SiteStatus `json:"status,omitempty"`
}

// SiteSpec is what is wanted.
type SiteSpec struct {
	Domain   string `json:"domain"`
	Image    string `json:"image,omitempty"`
	Replicas *int32 `json:"replicas,omitempty"`
}

// SiteStatus is what there is.
type SiteStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Ready              int32              `json:"ready,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

// SiteList is a list of sites.
type SiteList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Site `json:"items"`
}

// Hub says that other versions are converted by way of this one.
func (*Site) Hub() {}

// DeepCopyObject copies a site.
func (s *Site) DeepCopyObject() runtime.Object {
	c := *s
	s.ObjectMeta.DeepCopyInto(&c.ObjectMeta)
	if s.Spec.Replicas != nil {
		n := *s.Spec.Replicas
		c.Spec.Replicas = &n
	}
	c.Status.Conditions = append([]metav1.Condition(nil), s.Status.Conditions...)
	return &c
}

// DeepCopyObject copies a list.
func (l *SiteList) DeepCopyObject() runtime.Object {
	c := SiteList{TypeMeta: l.TypeMeta}
	l.ListMeta.DeepCopyInto(&c.ListMeta)
	for i := range l.Items {
		c.Items = append(c.Items, *l.Items[i].DeepCopyObject().(*Site))
	}
	return &c
}

// AddToScheme makes both versions known.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypeWithName(V1.WithKind("Site"), &Site{})
	s.AddKnownTypeWithName(V1.WithKind("SiteList"), &SiteList{})
	s.AddKnownTypeWithName(V1Beta1.WithKind("Site"), &OldSite{})
	s.AddKnownTypeWithName(V1Beta1.WithKind("SiteList"), &OldSiteList{})
	metav1.AddToGroupVersion(s, V1)
	metav1.AddToGroupVersion(s, V1Beta1)
	return nil
}
