# Runs as the first process of new mount, network and process namespaces. $1: the program that holds them.

# Nothing that is mounted here may show outside.
mount --make-rprivate /
mkdir -p "$STATE"
mount -t tmpfs podfs-node "$STATE"

# A node writes to these. What it writes stays in memory; what is there already can still be read.
for folder in /run /var/lib /var/log; do
    over=$STATE/over$folder
    mkdir -p "$over/upper" "$over/work"
    mount -t overlay overlay -o "lowerdir=$folder,upperdir=$over/upper,workdir=$over/work" "$folder"
done
for folder in /var/lib/kubelet /var/lib/loft; do
    mkdir -p "$folder"
    mount -t tmpfs podfs-node "$folder"
done
# As on a host with systemd: Pods may hand mounts on to the node and to each other.
mount --make-rshared /

ip link set lo up
# With an address of its own. Else it takes the lowest of its ports, and when that Pod goes no other one reaches the node
# until its kernel asks anew where the node is, a minute later.
ip link add "$BRIDGE" address "$HARDWARE_ADDRESS" type bridge
ip address add "$ADDRESS" dev "$BRIDGE"
ip link set "$BRIDGE" up
ip route add default via "${ADDRESS%/*}" dev "$BRIDGE"
echo 1 > /proc/sys/net/ipv4/ip_forward

echo "$READY"
exec "$1"
