//! What templates see, and what they cannot do.

use k8s_openapi::api::core::v1::Pod;
use rstest::rstest;
use serde_json::json;

use super::Templates;

fn pod() -> Pod {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "web-0", "namespace": "shop", "uid": "0b9f",
            "annotations": {"subdir": "blue", "ObjectMeta": "mine", "empty": "", "up": "..", "long": "x".repeat(5_000)},
            "labels": {"app.kubernetes.io/name": "Web"},
        },
        "spec": {
            "nodeName": "node-1",
            "containers": [{"name": "app", "image": "i", "args": vec!["x"; 64]}, {"name": "log", "args": vec!["y"; 2_000]}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-web-0"}}],
        },
    });
    serde_json::from_value(pod).unwrap()
}

fn filled_in(template: &str) -> Result<String, String> {
    Templates::new(&pod()).fill_in("remotePath", template).map_err(|refusal| refusal.to_string())
}

#[rstest]
#[case("/b/{{ pod.metadata.annotations[\"subdir\"] }}", "/b/blue")]
#[case("/b/{{ pod.ObjectMeta.Annotations[\"subdir\"] }}", "/b/blue")]
#[case("/b/{{ pod.Annotations.subdir }}/{{ pod.Name }}", "/b/blue/web-0")]
#[case("/{{ pod.Namespace }}/{{ pod.ObjectMeta.UID }}", "/shop/0b9f")]
#[case("{{ pod.TypeMeta.Kind }}", "Pod")]
#[case("{{ pod.Spec.Containers[1].Name }}", "log")]
#[case("{{ pod.spec.volumes[0].VolumeSource.PersistentVolumeClaim.ClaimName }}", "data-web-0")]
#[case("{{ pod.metadata.labels['app.kubernetes.io/name'] | lower }}", "web")]
#[case("{{ pod.metadata.annotations.ObjectMeta }}", "mine")]
#[case("{{ pod.metadata.annotations.none | default('x') }}", "x")]
#[case("{% if pod.metadata.annotations.none is defined %}a{% else %}b{% endif %}", "b")]
#[case("{% for c in pod.spec.containers %}/{{ c.name }}{% endfor %}", "/app/log")]
#[case("{{ pod.metadata.name | replace('-', '/') }}", "web/0")]
#[case("{{ '/b/' + pod.metadata.name + '/' ~ pod.metadata.namespace }}", "/b/web-0/shop")]
#[case("{{ pod.metadata.name[:3] }}{{ pod.spec.containers[-1].name }}", "weblog")]
#[case("{{ 'x' if 'x' in pod.spec.containers[0].args else 'y' }}", "x")]
#[case("{{ 'x' if 'subdir' in pod.metadata.annotations else 'y' }}", "x")]
#[case(
    "{% for name in pod.metadata.labels %}{{ name }}={{ pod.metadata.labels[name] }}{% endfor %}",
    "app.kubernetes.io/name=Web"
)]
#[case(
    "{% for v in pod.spec.volumes if v.name is startingwith 'd' %}{% for l in v.name %}/{{ l }}{% endfor %}{% endfor %}",
    "/d/a/t/a"
)]
#[case("{{ pod.spec.containers | length }}", "2")]
#[case("{{ pod.metadata.name | replace('*', '') }} * {% raw %}{{ * }}{% endraw %}", "web-0 * {{ * }}")]
#[case("{# a remark #}/b", "/b")]
#[case("no template: {} } {x}", "no template: {} } {x}")]
fn the_pod_is_seen_by_both_names(#[case] template: &str, #[case] expected: &str) {
    assert_eq!(filled_in(template).unwrap(), expected);
}

#[rstest]
#[case("/b/{{ pod.metadata.annotations.none }}", "does not have: pod.metadata.annotations.none")]
#[case("/b/{{ pod.metadata.annotations.Subdir }}", "does not have")]
#[case("/b/{{ pod.metadata.annotations.long }}", "does not have")]
#[case("/b/{{ node.name }}", "does not have")]
#[case("/b/{{ pod.metadata.name", "cannot be read")]
#[case("/b/{{ pod.metadata.name | shell }}", "not there")]
#[case("/b/{{ range(3) }}", "not there")]
#[case("{% set a = 'x' %}{{ a }}", "statement")]
#[case("{%- with a = 'x' %}{{ a }}{% endwith %}", "statement")]
#[case("{% include 'x' %}", "statement")]
#[case("{{ 'x' * 1000000000 }}", "`*`")]
#[case("{{ '}}' ~ 'x' * 9 }}", "`*`")]
#[case("{{ 10 ** 10 }}", "`*`")]
#[case("{{ pod.spec.volumes + pod.spec.volumes }}", "put texts together with `~`")]
#[case("{% for a in [1, 1] %}{{ a }}{% endfor %}", "write a path that begins with pod")]
#[case("{% for a in 'xx' %}{{ a }}{% endfor %}", "write a path that begins with pod")]
#[case(
    "{% for pod in pod.spec.volumes %}{% for a in pod.name ~ 'x' %}{{ a }}{% endfor %}{% endfor %}",
    "begins with pod"
)]
#[case("{% for a in pod.spec.volumes recursive %}{{ a }}{% endfor %}", "recursive")]
#[case("{% for a, b in pod.spec.volumes %}{{ a }}{% endfor %}", "more than one variable")]
#[case(
    "{% for a in pod.spec.volumes %}{% for b in [a, a] %}{{ b ~ '' }}{% endfor %}{% endfor %}",
    "begins with pod"
)]
#[case("{{ [pod, pod] ~ '' }}", "makes a list or map")]
#[case("{{ (pod, pod) ~ '' }}", "makes a list or map")]
#[case("{{ {'a': pod} ~ '' }}", "makes a list or map")]
#[case("{{ pod.metadata.name | default(*pod.spec.containers[0].args) }}", "spreads arguments")]
#[case("{{ pod }}", "uses a whole list or map of the Pod as a text")]
#[case("/b/{{ pod.metadata.labels ~ '' }}", "uses a whole list or map of the Pod as a text")]
#[case("/b/{{ pod.spec.containers }}", "uses a whole list or map of the Pod as a text")]
#[case("/b/{{ pod.spec.containers[1].args[0] }}", "does not have")]
fn a_template_that_fails_or_is_hostile_is_refused(#[case] template: &str, #[case] expected: &str) {
    let told = filled_in(template).unwrap_err();
    assert!(told.contains(expected) && told.contains("remotePath"), "{told}");
}

/// Within the same loops, so that each is taken as often as there is fuel for.
#[rstest]
#[case("{% if a == 'y' %}y{% endif %}")]
#[case("{% if pod == pod.spec.containers %}y{% endif %}")]
#[case("{% if pod.spec.containers[0].args[0:] == pod.spec.containers[0].args[0:] %}{% endif %}")]
#[case("{% if (pod ~ pod ~ pod ~ pod.spec.containers) == 'y' %}y{% endif %}")]
#[case("{% if pod.spec.containers in pod.spec.containers[0].args %}y{% endif %}")]
#[case("{% if pod.metadata.annotations | length > 9 %}y{% endif %}")]
#[case("{% if 'z' in pod.spec.containers[0].args %}y{% endif %}")]
fn what_costs_is_counted(#[case] costly: &str) {
    let opening =
        ["a", "b", "c"].map(|name| format!("{{% for {name} in pod.spec.containers[0].args %}}")).concat();
    let told = filled_in(&format!("{opening}{costly}{}", "{% endfor %}".repeat(3))).unwrap_err();
    assert!(told.contains("too many steps"), "{told}");
}

/// A list of two of the last list, thirty times: 2^30 items that lie in a few hundred bytes.
#[test]
fn a_list_that_holds_itself_twice_again_and_again_is_refused_before_it_is_made() {
    let mut template = "{% for a0 in [[1, 1]] %}".to_owned();
    for level in 1..30 {
        template += &format!("{{% for a{level} in [[a{0}, a{0}]] %}}", level - 1);
    }
    template += &("{{ a29 ~ '' }}".to_owned() + &"{% endfor %}".repeat(30));
    let told = filled_in(&template).unwrap_err();
    assert!(told.contains("write a path that begins with pod"), "{told}");
}

#[test]
fn what_is_nested_deeply_is_refused_before_anybody_calls_itself_for_it() {
    for deep in ["pod".to_owned() + &".a".repeat(2_000), "'a'".to_owned() + &"~'a'".repeat(900)] {
        let told = filled_in(&format!("{{{{ {deep} }}}}")).unwrap_err();
        assert!(told.contains("too many parts within parts"), "{told}");
    }
}

#[test]
fn all_templates_of_a_pod_have_one_budget() {
    let (pod, looped) = (pod(), "{% for a in pod.spec.containers[0].args %}{{ a }}{% endfor %}");
    let mut templates = Templates::new(&pod);
    let filled_in = (0..256).take_while(|_| templates.fill_in("env.X", looped).is_ok()).count();
    assert!((5..100).contains(&filled_in), "{filled_in}");
    // What everybody has: many variables with a name in each.
    let mut templates = Templates::new(&pod);
    assert!(
        (0..256).all(|_| templates.fill_in("env.X", "/b/{{ pod.metadata.annotations['subdir'] }}/c").is_ok())
    );
}

#[test]
fn sizes_are_bounded_on_the_way_in_and_out() {
    let told = |text: &str| filled_in(text).unwrap_err();
    let long = format!("{{{{ pod.metadata.name }}}}{}", "x".repeat(4_200));
    assert!(told(&long).contains("longer than 4096"), "{}", told(&long));
    let many = "{% for a in pod.spec.containers[0].args %}".to_owned() + &"y".repeat(100) + "{% endfor %}";
    assert!(told(&many).contains("more than 4096"), "{}", told(&many));
    // What is no template may be as long as it likes: keys and certificates are.
    let plain = "{\"key\": 1}".repeat(1_000);
    assert_eq!(filled_in(&plain).unwrap(), plain);
}

#[test]
fn a_text_that_is_replaced_again_and_again_does_not_grow_without_bounds() {
    let bomb =
        format!("{{{{ 'aaaaaaaaaa'{} }}}}", "|replace('a','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')".repeat(40));
    let told = filled_in(&bomb).unwrap_err();
    assert!(told.contains("too long"), "{told}");
}
